/** Takes off what models put around an answer: the tool call written as text, JSON in a string, a list of one. */

import { isRecord } from "../../util/is-record.ts";
import { readJson } from "../../util/loose-json.ts";

/** The fields of a JSON object. */
export type AnswerFields = Readonly<Record<string, unknown>>;

/** Where the call of a tool, written as text, has its input. */
const wrappers: readonly string[] = [
  ...["input", "arguments", "parameters", "args", "tool_input"],
  ...["function", "function_call", "tool_call", "tool_calls"],
  ...["propose_update", "answer", "response", "result", "output"],
];

/** Deeper wrappings are none that a model writes. */
const maxWrappings = 5;

/** What `read` makes of the objects in `value` that it takes for answers: of `value` itself, or of what it wraps. */
export function answersIn<T>(value: unknown, read: (fields: AnswerFields) => T | undefined, depth = 0): readonly T[] {
  const inner = typeof value === "string" ? valueOfText(value) : value;
  if (depth > maxWrappings) return [];
  if (Array.isArray(inner)) return inner.flatMap((item) => answersIn(item, read, depth + 1));
  if (!isRecord(inner)) return [];
  const answer = read(inner);
  if (answer !== undefined) return [answer];
  const around = Object.keys(inner).filter((key) => wrappers.includes(key.toLowerCase()));
  return around.flatMap((key) => answersIn(inner[key], read, depth + 1));
}

function valueOfText(text: string): unknown {
  const read = readJson(withoutFence(text));
  return "value" in read ? read.value : undefined;
}

const fencedWhole = /^\s*(`{3,}|~{3,})[^\n`]*\r?\n(?:([^]*?)\r?\n)?[ \t]*\1\s*$/;

/** A text without the fence around it; as it is when it is not one fenced block. */
export function withoutFence(text: string): string {
  const [, fence, inner = ""] = fencedWhole.exec(text) ?? [];
  if (fence === undefined) return text;
  const isOneBlock = inner.split("\n").every((line) => !line.trimStart().startsWith(fence));
  return isOneBlock ? inner : text;
}
