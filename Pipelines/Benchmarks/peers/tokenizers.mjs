// The JavaScript tokenizers of @huggingface/transformers over the same texts as ours.
// Usage: node tokenizers.mjs WORK.json, run in a folder whose node_modules holds @huggingface/transformers.
// WORK.json: {"tokenizer": folder, "texts": [text, …], "passes": n, "warmUp": seconds}. Prints one line of JSON: the seconds of each
// pass after the warm-up, and the number and a sum of the ids, so that both sides are seen to do the same.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(join(process.cwd(), "package.json"));
const { AutoTokenizer, env } = await import(pathToFileURL(require.resolve("@huggingface/transformers")));
const work = JSON.parse(readFileSync(process.argv[2], "utf8"));
env.allowRemoteModels = false;
env.localModelPath = dirname(resolve(work.tokenizer)) + "/";
const tokenizer = await AutoTokenizer.from_pretrained(basename(work.tokenizer));
const seconds = [];
let ids = 0, sum = 0;
const begin = process.hrtime.bigint();
while (seconds.length < work.passes) {
    const start = process.hrtime.bigint();
    ids = sum = 0;
    for (const text of work.texts) {
        const encoded = tokenizer.encode(text);
        ids += encoded.length;
        for (const id of encoded)
            sum += id;
    }
    if (Number(start - begin) / 1e9 >= work.warmUp)
        seconds.push(Number(process.hrtime.bigint() - start) / 1e9);
}
console.log(JSON.stringify({ seconds, ids, sum }));
