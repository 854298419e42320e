// @huggingface/transformers over onnxruntime-node on the same graphs and rows as the other sides of the generation benchmark.
// Usage: node generation.mjs WORK.json, run in a folder whose node_modules holds @huggingface/transformers.
// WORK.json: {"model": folder with config.json and onnx/{encoder_model,decoder_model,decoder_model_merged}.onnx, "threads": n, "tokens": new tokens of each row,
//   "beams": n, "seconds": limit of the timed part, "rows": [[id, …], …]} (all rows of one length). Prints one line of JSON.
// The library wants a merged decoder. Here decoder_model_merged.onnx is the decoder with past, and the first step goes to decoder_model.onnx: without ONNX's If, which only costs time.
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
const { AutoModelForSeq2SeqLM, Tensor, env } = await import(pathToFileURL(entry));
const ort = require("onnxruntime-node");
const work = JSON.parse(readFileSync(process.argv[2], "utf8"));
env.allowRemoteModels = false;
env.localModelPath = dirname(resolve(work.model)) + "/";
const session_options = { intraOpNumThreads: work.threads, interOpNumThreads: 1 };
const model = await AutoModelForSeq2SeqLM.from_pretrained(basename(work.model), { dtype: "fp32", session_options });

const later = model.sessions.decoder_model_merged;
const first = await ort.InferenceSession.create(join(work.model, "onnx", "decoder_model.onnx"), session_options);
const pick = (feeds, names) => Object.fromEntries(names.map(name => [name, feeds[name]]));
model.sessions.decoder_model_merged = {
    inputNames: [...new Set([...first.inputNames, ...later.inputNames])],
    inputMetadata: later.inputMetadata,
    outputNames: first.outputNames,
    config: later.config,
    async run(feeds) {
        if (feeds["past_key_values.0.decoder.key"].dims[2] === 0) return first.run(pick(feeds, first.inputNames));
        const outputs = { ...await later.run(pick(feeds, later.inputNames)) };
        // The library keeps the old keys and values over the prompt, but looks for their names.
        for (const name of first.outputNames)
            if (name.includes(".encoder.")) outputs[name] = feeds[name.replace("present", "past_key_values")];
        return outputs;
    },
};

const length = work.rows[0].length;
const ids = BigInt64Array.from(work.rows.flat(), BigInt);
const shape = [work.rows.length, length];
const generate = async () => (await model.generate({
    input_ids: new Tensor("int64", ids, shape),
    attention_mask: new Tensor("int64", new BigInt64Array(ids.length).fill(1n), shape),
    min_new_tokens: work.tokens, max_new_tokens: work.tokens, num_beams: work.beams, do_sample: false,
})).dims[1] - 1;

let tokens = await generate(), runs = 0, best = Infinity;
const start = performance.now();
do {
    const begin = performance.now();
    tokens = await generate();
    best = Math.min(best, (performance.now() - begin) / 1000);
    runs++;
} while (performance.now() - start < work.seconds * 1000);
const version = JSON.parse(readFileSync(join(dirname(entry), "..", "package.json"), "utf8")).version;
const status = readFileSync("/proc/self/status", "utf8");
console.log(JSON.stringify({ version, runs, new_tokens: tokens, seconds: best, peak_megabytes: Number(/VmHWM:\s+(\d+)/.exec(status)[1]) * 1024 / 1e6 }));
