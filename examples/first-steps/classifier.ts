/**
 * Classifier: a small model that runs on your machine learns from examples in its prompt, which a search chooses.
 *
 *   npx tsx --conditions=@tracegrad/source examples/first-steps/classifier.ts [--model DIR]
 */

import { join } from "node:path";
import { bundle, parameter, train } from "tracegrad";
import { loadJson, split } from "tracegrad/data";
import { exactMatch } from "tracegrad/guides";
import { optoPrime } from "tracegrad/optimizers";
import { resultText } from "tracegrad/report";
import { bootstrapFewShot, type Demonstration, demonstrations, demonstrationsText } from "tracegrad/search";
import { smallModel } from "./small-model.ts";

const llm = await smallModel();

// What the prompt says, and which examples it shows: the examples are a parameter too.
const instruction = parameter("Is this review positive or negative?", { name: "instruction" });
const examples = demonstrations({ name: "examples", max: 4 });

/** Asks the small model. */
const classify = bundle(async (instruction: string, examples: readonly Demonstration[], review: string) => {
  const prompt = `${instruction}\n\n${demonstrationsText(examples)}Input: ${review}\nOutput:`;
  const reply = await llm.generate({ messages: [{ role: "user", content: prompt }] });
  return reply.text.trim();
});

const file = join(import.meta.dirname, "reviews.json");
const reviews = await loadJson<{ input: string; target: string }>(file, "reviews");

const run = train({
  agent: (review: string) => classify(instruction, examples, review),
  guide: exactMatch(),
  data: split(reviews, { train: 10, validation: 10 }), // the other twenty are sealed
  // The optimizer says what may change. This search asks no model for it: sets of training examples compete.
  optimizer: optoPrime([examples], { llm }),
  search: bootstrapFewShot({ maxBootstrapped: 4, maxLabeled: 4, sets: 6 }),
  seed: 1,
  concurrency: 1,
  test: true,
});

export const result = await run.result;
console.log(resultText(result));
console.log(`What was learned:\n${demonstrationsText(examples.data)}`);
