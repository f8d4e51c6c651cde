/**
 * The scripted reflection model of both libraries: reads the prompt as it was rendered, and does by chance what it
 * says.
 */

import type { ModelRequest } from "tracegrad/llm";
import { type ScriptedModel, scripted } from "tracegrad/testing";
import { seeded } from "../../src/util/rng.ts";
import { readPrompt, textOf } from "../optimizers/prompt.ts";
import type { PeerFamily } from "./problem.ts";

/**
 * How often the model does what the feedback says; otherwise, and where it says nothing, it changes something at
 * random.
 */
const skill = 0.6;

/** A text to rewrite, and what the prompt says of it. */
interface Shown {
  readonly text: string;
  readonly feedback: string;
}

/** The new text. The prompt and the seed decide the chance, so that a repeated question has the same answer. */
function rewritten({ told, random }: PeerFamily, { text, feedback }: Shown, luck: string): string {
  const rng = seeded(luck);
  const next = rng.float() < skill ? told(text, feedback, rng) : undefined;
  return next ?? random(text, rng);
}

/** The model as an optimizer of tracegrad asks it. */
export function ourModel(family: PeerFamily, seed: number): ScriptedModel {
  let calls = 0;
  return scripted((request: ModelRequest) => {
    const { variables, feedback } = readPrompt(request);
    const luck = `${seed}/${calls++}/${textOf(request)}`;
    const suggestion = variables.map(({ name, text }) => [
      name,
      rewritten(family, { text, feedback }, `${luck}/${name}`),
    ]);
    return { toolInput: { reasoning: "By the feedback.", suggestion: Object.fromEntries(suggestion) } };
  });
}

/**
 * The model as Python's gepa asks it: a prompt with the text and the examples in fences, answered by a text in fences.
 */
export function theirModel(family: PeerFamily, seed: number): (prompt: string) => string {
  let calls = 0;
  return (prompt) => {
    const [, text = "", , feedback = ""] = prompt.split(/^```$/m).map((part) => part.trim());
    return `\`\`\`\n${rewritten(family, { text, feedback }, `${seed}/${calls++}/${prompt}`)}\n\`\`\``;
  };
}
