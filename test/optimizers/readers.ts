/** Models that read the prompt as it was rendered and answer by rule: what a language model would do, without one. */

import type { Content, LanguageModel, ModelReply, ModelRequest } from "tracegrad/llm";
import { type ScriptedAnswer, type ScriptedModel, scripted } from "tracegrad/testing";

/** The text of the last user message, or of the `turn`-th message. */
export function textOf(request: ModelRequest, turn = 0): string {
  const content = request.messages.at(turn)?.content ?? "";
  if (typeof content === "string") return content;
  return content.map((part) => (part.type === "text" ? part.text : "")).join("\n");
}

/** The blocks of the first message of a request that shows images. */
export const blocksOf = (request: ModelRequest | undefined) => request?.messages[0]?.content as readonly Content[];

const titles = [
  "Objective",
  "Code",
  "Documentation",
  "Variables",
  "Fixed values",
  "Shared values",
  "Inputs",
  "Others",
  "Outputs",
  "Feedback",
  "Uses",
  "Past steps",
] as const;

/** The sections of a prompt by title; of several runs the feedback of all, in order. */
export function sectionsOf(prompt: string): { readonly [title in (typeof titles)[number]]?: string } {
  const parts = prompt.split(new RegExp(`^# (${titles.join("|")}|Run \\d+|Left out|Your answer)\\n`, "m"));
  const sections: Record<string, string> = {};
  for (let at = 1; at < parts.length; at += 2) sections[parts[at] as string] = (parts[at + 1] as string).trimEnd();
  const runs = Object.keys(sections).filter((title) => title.startsWith("Run "));
  const said = runs.map((title) => /^Feedback: ([^]*)/m.exec(sections[title] as string)?.[1] ?? "");
  return said.length === 0 ? sections : { Feedback: said.join("\n"), ...sections };
}

/** The variables of a prompt: their kinds and values, read out of their fences. */
export function variablesOf(
  prompt: string,
): Readonly<Record<string, { readonly kind: string; readonly value: string }>> {
  const found: Record<string, { kind: string; value: string }> = {};
  const pattern = /^\((\w+)\) ([A-Za-z_$][\w$]*)[^]*?\n(`{3,})\n([^]*?)\n\3$/gm;
  for (const [, kind, name, , value] of (sectionsOf(prompt).Variables ?? "").matchAll(pattern)) {
    found[name as string] = { kind: kind as string, value: value as string };
  }
  return found;
}

/** Answers with a suggestion, as a tool call. */
export const suggest = (suggestion: unknown, reasoning = "So.") => ({ toolInput: { reasoning, suggestion } });

/**
 * A model that answers by the number of the call, and passes tool inputs on unread: they may be what no JSON can hold.
 */
export function answering(
  answer: (callIndex: number) => ScriptedAnswer,
): LanguageModel & { readonly calls: ModelRequest[] } {
  const calls: ModelRequest[] = [];
  const generate = async (request: ModelRequest): Promise<ModelReply> => {
    const given = answer(calls.push(request) - 1);
    const reply = typeof given === "string" ? { text: given } : given;
    const stopReason = "toolInput" in reply ? "tool" : "end";
    return { text: "", stopReason, usage: { inputTokens: 0, outputTokens: 0 }, model: "answering", ...reply };
  };
  return { name: "answering", calls, generate };
}

/** A source of numbers in [0, 1) that gives the same ones each time. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

/**
 * A model that follows feedback of the form "<variable> is too low/high by <n>." with probability `skill`, and
 * otherwise suggests a random number for it.
 */
export function skilful(skill: number, seed = 1): ScriptedModel {
  const random = seeded(seed);
  return scripted((request) => {
    const prompt = textOf(request);
    const variables = variablesOf(prompt);
    const suggestion: Record<string, number> = {};
    for (const [, name, way, by] of (sectionsOf(prompt).Feedback ?? "").matchAll(/(\w+) is too (low|high) by (\d+)/g)) {
      const now = Number(variables[name as string]?.value);
      const right = now + (way === "low" ? 1 : -1) * Number(by);
      suggestion[name as string] = random() < skill ? right : Math.floor(random() * 100);
    }
    return suggest(suggestion);
  });
}
