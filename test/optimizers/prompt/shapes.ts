/** A problem with a variable of each kind, and the answers to it that models write. */

import { bundle, parameter, parametersOf } from "tracegrad";
import type { Problem } from "tracegrad/extend";
import type { ModelReply } from "tracegrad/llm";

/** A function in the program. */
const shout = bundle(
  function shout(text: string): string {
    return `${text}!`;
  },
  { trainable: true },
);

/** The parameters that an answer may change. */
const parameters = {
  word: parameter("hello", { name: "word" }),
  rate: parameter(0.5, { name: "rate" }),
  flag: parameter(true, { name: "flag" }),
  items: parameter<unknown>([1, 2], { name: "items" }),
  settings: parameter<unknown>({ a: 1 }, { name: "settings" }),
  any: parameter<unknown>(null, { name: "any" }),
  shout: parametersOf(shout)[0] as never,
};

/** The problem of changing them. */
export const problem: Problem = {
  variables: Object.entries(parameters).map(([name, one]) => ({
    ...{ name, parameter: one as never, value: (one as { readonly data: unknown }).data, version: 0 },
  })),
  shared: [],
  runs: [],
  docs: [],
  feedback: {},
};

/** A whole reply. */
export const replyOf = (answer: Partial<ModelReply>): ModelReply => ({
  ...{ text: "", stopReason: "end", usage: { inputTokens: 0, outputTokens: 0 }, model: "test" },
  ...answer,
});

/** A new text of the function. */
export const code = "function shout(text: string): string {\n  return `${text.toUpperCase()}!\\n`;\n}";
