/** The two ways to judge the inputs of an operation: each alone, or all of them in one call. */

import type { ModelReply, ModelRequest, ReplyTool } from "../../llm/llm.ts";
import { onlyJsonObject } from "../../util/json.ts";
import { repeatedKeyIn } from "../../util/repeated-key.ts";
import type { Input } from "./plan.ts";
import { edgeSystem, edgeTask, hintsTool, hintText, nodeSystem, nodeTask } from "./prompt-text.ts";
import { inputLabel, operationMessage, type View } from "./render.ts";

/** A gradient, or why there is none. */
export type Read = { readonly text: string } | { readonly reason: string };

/** One call of a model, and how its answer is read: a gradient for each of the inputs, in their order. */
export interface Query {
  readonly inputs: readonly Input[];
  readonly request: ModelRequest;
  read(reply: ModelReply): readonly Read[];
}

/** How the inputs of an operation are judged. */
export interface Method {
  readonly name: "textGradient" | "semantic";
  /** How many calls an operation takes that has so many inputs to judge. */
  calls(inputs: number): number;
  queries(view: View): readonly Query[];
}

/** One call an input. */
export const byEdge: Method = {
  name: "textGradient",
  calls: (inputs) => inputs,
  queries: (view) =>
    view.step.inputs.map((input) => {
      const task = edgeTask(inputLabel(view.graph, view.step.node, input));
      const messages = [operationMessage(view, [input], task)];
      return { inputs: [input], request: { system: edgeSystem, messages }, read: (reply) => [readText(reply)] };
    }),
};

/** One call an operation. */
export const byNode: Method = {
  name: "semantic",
  calls: (inputs) => Math.min(1, inputs),
  queries(view) {
    const { inputs, node } = view.step;
    if (inputs.length === 0) return [];
    const labels = inputs.map((input) => inputLabel(view.graph, node, input));
    const messages = [operationMessage(view, inputs, nodeTask(labels))];
    const request = { system: nodeSystem, messages, tool: toolOf(labels) };
    return [{ inputs, request, read: (reply) => readHints(reply, inputs.length) }];
  },
};

function toolOf(labels: readonly string[]): ReplyTool {
  const properties = labels.map((label, at) => [`hint_${at + 1}`, { type: "string", description: hintText(label) }]);
  return {
    name: "give_hints",
    description: hintsTool,
    inputSchema: {
      type: "object",
      properties: Object.fromEntries(properties),
      required: properties.map(([name]) => name),
      additionalProperties: false,
    },
  };
}

/** The longest reply that is looked through, in characters: far more than a model writes. */
const longestReply = 1_000_000;

/** Why a reply is no answer at all; undefined when it may be one. */
function problemWith({ stopReason, text }: ModelReply): string | undefined {
  if (stopReason === "length") return "the answer was cut at the token limit";
  if (stopReason === "refusal") return "the model refused to answer";
  return text.length > longestReply ? `the answer has ${text.length} characters` : undefined;
}

/** The answer as plain text: a gradient for one value. */
export function readText(reply: ModelReply): Read {
  const reason = problemWith(reply);
  const text = reason === undefined ? reply.text.trim() : "";
  return text === "" ? { reason: reason ?? "the answer was empty" } : { text };
}

function readHints(reply: ModelReply, count: number): readonly Read[] {
  const problem = problemWith(reply) ?? (repeatedKey(reply) ? "the answer gives a hint twice" : undefined);
  const found = problem === undefined ? hintsIn(reply) : new Map<number, string>();
  return Array.from({ length: count }, (_, at) => {
    const text = found.get(at + 1)?.trim() ?? "";
    return text === "" ? { reason: problem ?? `the answer has no single hint ${at + 1}` } : { text };
  });
}

function repeatedKey({ toolInput, text }: ModelReply): boolean {
  return toolInput === undefined && onlyJsonObject(text) !== undefined && repeatedKeyIn(text) !== undefined;
}

/**
 * The hints by number: of a tool call, of JSON in the text, or of lines `Hint 1: …`. One that is given twice is none.
 */
function hintsIn({ toolInput, text }: ModelReply): ReadonlyMap<number, string> {
  const given = toolInput ?? onlyJsonObject(text);
  const hints = new Map<number, string>();
  if (typeof given === "object" && given !== null) {
    for (const [key, hint] of Object.entries(given)) {
      const number = /^hint[_ ]?(\d{1,6})$/i.exec(key)?.[1];
      if (number !== undefined && typeof hint === "string") hints.set(Number(number), hint);
    }
    if (hints.size > 0 || toolInput !== undefined) return hints;
  }
  const parts = text.split(/^[ \t>*#-]*hint[ _](\d{1,6})[ \t*]*:[ \t*]*/im);
  const twice = new Set<number>();
  for (let at = 1; at < parts.length; at += 2) {
    const number = Number(parts[at]);
    if (hints.has(number)) twice.add(number);
    hints.set(number, parts[at + 1] as string);
  }
  for (const number of twice) hints.delete(number);
  return hints;
}
