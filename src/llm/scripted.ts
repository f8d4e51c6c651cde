/**
 * A language model that answers by rule: for tests, demonstrations and expert systems. It needs no key and no network.
 */

import { throwIfAborted } from "../util/abort.ts";
import { markThroughRun } from "../util/answering.ts";
import { throughRun } from "./adapter.ts";
import { guarded } from "./guard.ts";
import type { CallOptions, LanguageModel, ModelReply, ModelRequest } from "./llm.ts";
import { textOfRequest } from "./text.ts";

/** What a rule gives: the text of the reply, or those parts of a reply that matter. */
export type ScriptedAnswer = string | Partial<ModelReply>;

/** A model that answers by rule and remembers what it was asked. */
export interface ScriptedModel extends LanguageModel {
  /** Every request so far, in the order of the calls. */
  readonly calls: readonly ModelRequest[];
}

/**
 * Makes a model that answers each request with what `answer` gives for it. Parts of the reply that it leaves out are
 * filled in: no text, the stop reason `tool` with a `toolInput` and `end` without, and this model's name. Usage that it
 * leaves out is an estimate and not a count: the characters of the text (and of the tool input's JSON) divided by four.
 * A run takes its answers for free, unless its `prices` name it.
 *
 * @param answer Reads the request as it was rendered, and the number of calls before it. What it throws, `generate`
 *   throws.
 * @param options `name` is the model's name. Default `scripted`.
 */
export function scripted(
  answer: (request: ModelRequest, callIndex: number) => ScriptedAnswer | Promise<ScriptedAnswer>,
  options: { readonly name?: string } = {},
): ScriptedModel {
  const calls: ModelRequest[] = [];
  const name = options.name ?? "scripted";
  const generate = async (request: ModelRequest, options: CallOptions = {}): Promise<ModelReply> => {
    throwIfAborted(options.signal);
    // Counted before the run is asked: a call that its journal answers is one of the calls, too.
    const index = calls.push(request) - 1;
    const generate = (_: ModelRequest, { signal }: CallOptions): Promise<ModelReply> =>
      guarded({ signal }, async () => completed(await answer(request, index), request, name));
    return throughRun({ name, free: true, generate }, request, options);
  };
  return { name, calls, generate: markThroughRun(generate, { name, free: true }) };
}

function completed(answer: ScriptedAnswer, request: ModelRequest, model: string): ModelReply {
  const given: Partial<ModelReply> = typeof answer === "string" ? { text: answer } : answer;
  const text = given.text ?? "";
  const called = given.toolInput !== undefined;
  const output = called ? text + JSON.stringify(given.toolInput) : text;
  const usage = { inputTokens: estimate(textOfRequest(request)), outputTokens: estimate(output) };
  return { text, stopReason: called ? "tool" : "end", usage, model, ...given };
}

function estimate(text: string): number {
  return Math.ceil(text.length / 4);
}
