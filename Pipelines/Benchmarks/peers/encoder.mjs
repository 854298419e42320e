// @huggingface/transformers over onnxruntime-node on the same rows as the other sides of the encoder benchmark.
// Usage: node encoder.mjs WORK.json, run in a folder whose node_modules holds @huggingface/transformers.
// WORK.json: {"model": folder with config.json and onnx/model.onnx, "threads": n, "seconds": limit of the timed part, "warm_up": batches not timed,
//   "batches": [{"rows": [[id, …], …]}]}. Every batch is padded to its longest row. Prints one line of JSON.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(join(process.cwd(), "package.json"));
let entry;
try {
    entry = require.resolve("@huggingface/transformers");
} catch {
    console.error("@huggingface/transformers is not installed in this folder");
    process.exit(3);
}
const { AutoModelForSequenceClassification, Tensor, env } = await import(pathToFileURL(entry));
const work = JSON.parse(readFileSync(process.argv[2], "utf8"));
env.allowRemoteModels = false;
env.localModelPath = dirname(resolve(work.model)) + "/";
const model = await AutoModelForSequenceClassification.from_pretrained(basename(work.model), {
    dtype: work.dtype ?? "fp32",
    session_options: { intraOpNumThreads: work.threads, interOpNumThreads: 1 },
});

function padded(rows) {
    const length = Math.max(...rows.map(row => row.length));
    const ids = new BigInt64Array(rows.length * length);
    const mask = new BigInt64Array(rows.length * length);
    rows.forEach((row, i) => row.forEach((id, j) => {
        ids[i * length + j] = BigInt(id);
        mask[i * length + j] = 1n;
    }));
    const shape = [rows.length, length];
    return {
        input_ids: new Tensor("int64", ids, shape),
        attention_mask: new Tensor("int64", mask, shape),
        token_type_ids: new Tensor("int64", new BigInt64Array(ids.length), shape),
    };
}

const run = async batch => (await model(padded(batch.rows))).logits.data.length;
for (const batch of work.batches.slice(0, work.warm_up)) await run(batch);
let rows = 0, tokens = 0, steps = 0;
const start = performance.now();
for (const batch of work.batches.slice(work.warm_up)) {
    await run(batch);
    rows += batch.rows.length;
    tokens += batch.rows.reduce((sum, row) => sum + row.length, 0);
    steps++;
    if (performance.now() - start > work.seconds * 1000) break;
}
const version = JSON.parse(readFileSync(join(dirname(entry), "..", "package.json"), "utf8")).version;
console.log(JSON.stringify({ transformers: version, steps, rows, tokens, seconds: (performance.now() - start) / 1000 }));
