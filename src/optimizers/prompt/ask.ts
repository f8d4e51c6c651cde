/** Asks a model for new values, checks its answer, and asks again with the reasons when the answer is refused. */

import type { LanguageModel, Message, ModelRequest } from "../../llm/llm.ts";
import { shorten, within } from "../../util/cut.ts";
import { TracegradError } from "../../util/errors.ts";
import { requestForRun } from "../../util/external-call.ts";
import { preview } from "../../util/preview.ts";
import type { Exchange, Proposal } from "../algorithm.ts";
import type { Problem } from "../problem.ts";
import { type Fitted, fit } from "../suggestion.ts";
import type { ReplyFormat } from "./reply.ts";

/** What is asked: the first request, how its answer is read, and what the answer must fit. */
export interface Question {
  readonly first: ModelRequest;
  readonly problem: Problem;
  readonly llm: LanguageModel;
  readonly signal: AbortSignal | undefined;
  readonly format: ReplyFormat;
  /** How often a refused answer is asked for again. */
  readonly retries: number;
}

/** The model, for an algorithm that cannot do without. Throws TracegradError `no-model` when there is none. */
export function requireModel(llm: LanguageModel | undefined, algorithm: string): LanguageModel {
  if (llm !== undefined) return llm;
  throw new TracegradError("no-model", `${algorithm} asks a language model; this optimizer was given none.`);
}

/** Told to the model when its answer was refused, with the reasons. */
function askAgain(reasons: readonly string[]): string {
  const told = within(reasons, maxReasons).map((reason) => `- ${reason}`);
  return `Your proposal was not accepted, and nothing was changed:\n${told.join("\n")}\nAnswer again, whole, with these mended.`;
}

/**
 * How many characters of reasons the model is told: one for each of ten thousand unknown names would fill any prompt.
 */
const maxReasons = 6_000;

/** Asks, and asks again with the reasons when the answer is refused. The proposal holds all exchanges, in order. */
export async function ask({ first, problem, llm, signal, format, retries }: Question): Promise<Proposal> {
  const exchanges: Exchange[] = [];
  let request = first;
  for (let attempt = 0; ; attempt++) {
    const reply = await llm.generate(requestForRun(request), signal === undefined ? {} : { signal });
    exchanges.push({ request, reply });
    const read = format.read(reply, problem);
    const fitted: Fitted = "values" in read ? await fit(read, problem) : { updates: [], refused: [read] };
    const reasoning = "values" in read ? read.reasoning : "";
    if (fitted.refused.length === 0 || attempt >= retries) return { ...fitted, reasoning, exchanges };
    const reasons = fitted.refused.map(({ name, reason }) => (name === undefined ? reason : `${name}: ${reason}`));
    request = { ...first, messages: [...request.messages, ...secondTurn(reply.text, reply.toolInput, reasons)] };
  }
}

/** How many characters of a refused answer the model is shown again: an endless one would drown the reasons. */
const longestSaid = 20_000;

function secondTurn(text: string, toolInput: unknown, reasons: readonly string[]): readonly Message[] {
  // The answer goes back as text, so that it reads the same for models with and without tools.
  const said = [text, toolInput === undefined ? "" : jsonText(toolInput)]
    .filter((part) => part.trim() !== "")
    .join("\n");
  return [
    { role: "assistant", content: said === "" ? "(no answer)" : shorten(said, longestSaid) },
    { role: "user", content: askAgain(reasons) },
  ];
}

/** What a model called the tool with, as JSON; very deep data, which JSON cannot write, as far as it can be shown. */
function jsonText(toolInput: unknown): string {
  try {
    return JSON.stringify(toolInput);
  } catch {
    return preview(toolInput, 2_000);
  }
}
