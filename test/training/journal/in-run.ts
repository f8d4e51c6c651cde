/** Models for the tests of calls, and runs to call them in. */

import { join } from "node:path";
import { makeModel } from "../../../src/llm/adapter.ts";
import type { LanguageModel, ModelReply, ModelRequest } from "../../../src/llm/llm.ts";
import { scripted } from "../../../src/llm/scripted.ts";
import { type CallsOptions, journaledCalls } from "../../../src/training/journal/calls.ts";
import { openRun, type RunStore } from "../../../src/training/journal/folder.ts";
import { readJournal } from "../../../src/training/journal/repair.ts";
import { intercepted } from "../../../src/util/external-call.ts";
import { temporaryFolder } from "../../llm/folder.ts";

export const newFolder = (): string => join(temporaryFolder(), "run");
export const request = (text: string): ModelRequest => ({ messages: [{ role: "user", content: text }] });
export const usage = { inputTokens: 10, outputTokens: 5 };

/** A model that says which of its calls it answers. */
export function counting(): LanguageModel & { readonly asked: string[] } {
  const asked: string[] = [];
  const model = scripted(
    ({ messages }) => {
      asked.push(String(messages[0]?.content));
      return { text: `answer ${asked.length}`, usage };
    },
    { name: "counting" },
  );
  return { ...model, asked };
}

/** A model that fails with `thrown` while `isDown`. */
export function failing(thrown: unknown): LanguageModel & { isDown: boolean; tries: number } {
  const generate = async (): Promise<ModelReply> => {
    model.tries += 1;
    if (model.isDown) throw thrown;
    return { text: "up", stopReason: "end", usage, model: "failing" };
  };
  const model = Object.assign(makeModel({ name: "failing", generate }), { isDown: true, tries: 0 });
  return model;
}

/** One process of a run: opens it, runs `program` with its calls intercepted, and closes it, or is cut off before. */
export async function run<T>(
  folder: string,
  program: (store: RunStore) => Promise<T>,
  options: Partial<CallsOptions> = {},
): Promise<{ result: T; spent: ReturnType<ReturnType<typeof journaledCalls>["spent"]> }> {
  const store = await openRun(folder, {});
  const calls = journaledCalls(store, { concurrency: 8, ...options });
  try {
    const result = await intercepted(calls.intercept, () => program(store));
    return { result, spent: calls.spent() };
  } finally {
    await store.close();
  }
}

export async function typesIn(folder: string): Promise<string[]> {
  const types: string[] = [];
  for await (const { type } of readJournal(folder)) types.push(type);
  return types;
}
