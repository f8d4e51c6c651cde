/** Asks a model for a typed value: reads its answer, and asks again with the reasons when the answer is refused. */

import type { LanguageModel, Message, ModelReply, ModelRequest } from "../../llm/llm.ts";
import { shorten, within } from "../../util/cut.ts";
import { TracegradError } from "../../util/errors.ts";
import { requestForRun } from "../../util/external-call.ts";
import { preview } from "../../util/preview.ts";
import type { Exchange } from "../algorithm.ts";
import type { Refusal } from "../suggestion.ts";

/** What a reader makes of a reply: a value, or reasons why it is refused. */
export interface ReplyReading<T> {
  /** Undefined when the reply holds no usable value. */
  readonly value: T | undefined;
  /** Why the reply is refused; empty when it is accepted. */
  readonly refused: readonly Refusal[];
  /**
   * Whether a refused reply holds all that a right one is made of, so that the first prompt need not be sent again.
   * Default: false.
   */
  readonly isNearlyRight?: boolean;
}

/** The last reading, with the exchanges that it took, in order. */
export interface TypedAnswer<T> extends Pick<ReplyReading<T>, "value" | "refused"> {
  readonly exchanges: readonly Exchange[];
}

/** What is asked, of whom, and how the answer is read. */
export interface Question<T> {
  readonly request: ModelRequest;
  read(reply: ModelReply): ReplyReading<T> | Promise<ReplyReading<T>>;
  readonly llm: LanguageModel;
  readonly signal?: AbortSignal | undefined;
  /** How often a refused answer is asked for again, with the reasons. */
  readonly retries: number;
  /**
   * The messages that follow those of the first question: the refused answer and the reasons. Default:
   * {@link secondTurn}.
   */
  secondTurn?(reply: ModelReply, refused: readonly Refusal[]): readonly Message[];
  /**
   * The messages that ask in place of the first question when an answer was nearly right; undefined asks the first
   * again. Default: the first is always asked again.
   */
  correction?(reply: ModelReply, refused: readonly Refusal[]): readonly Message[] | undefined;
}

/** Accepts a reply, with the value that it gives. */
export function accept<T>(value: T): ReplyReading<T> {
  return { value, refused: [] };
}

/** The model, for an algorithm that cannot do without. Throws TracegradError `no-model` when there is none. */
export function requireModel(llm: LanguageModel | undefined, algorithm: string): LanguageModel {
  if (llm !== undefined) return llm;
  throw new TracegradError("no-model", `${algorithm} asks a language model; this optimizer was given none.`);
}

/**
 * Asks, and asks again with the reasons while the answer is refused and retries are left.
 * @throws What the model throws, and the reason of an aborted signal.
 */
export async function askFor<T>(question: Question<T>): Promise<TypedAnswer<T>> {
  const { llm, signal, retries } = question;
  const exchanges: Exchange[] = [];
  let { request } = question;
  for (let attempt = 0; ; attempt++) {
    const reply = await llm.generate(requestForRun(request), signal === undefined ? {} : { signal });
    exchanges.push({ request, reply });
    const reading = await question.read(reply);
    const { value, refused } = reading;
    if (refused.length === 0 || attempt >= retries) return { value, refused, exchanges };
    request = { ...question.request, messages: nextMessages(question, request, { reply, reading }) };
  }
}

function nextMessages<T>(
  { request: first, secondTurn: turn = secondTurn, correction }: Question<T>,
  last: ModelRequest,
  { reply, reading }: { readonly reply: ModelReply; readonly reading: ReplyReading<T> },
): readonly Message[] {
  const corrected = reading.isNearlyRight === true ? correction?.(reply, reading.refused) : undefined;
  if (corrected !== undefined) return corrected;
  // Behind a correction the first question is asked anew, since a correction does not hold it.
  const before = last.messages[0] === first.messages[0] ? last.messages : first.messages;
  return [...before, ...turn(reply, reading.refused)];
}

/** A refusal as a sentence that names the value it is about. */
export function refusalText({ name, reason }: Refusal): string {
  return name === undefined ? reason : `${name}: ${reason}`;
}

/** How many characters of a refused answer the model is shown again: an endless one would drown the reasons. */
export const maxAnswerLength = 20_000;

/**
 * How many characters of reasons the model is shown: one for each of ten thousand unknown names would fill any prompt.
 */
const maxReasonsLength = 6_000;

/** The refused answer and the reasons, as the turns that follow a question. */
export function secondTurn(reply: ModelReply, refused: readonly Refusal[]): readonly Message[] {
  const answer = answerText(reply);
  const reasons = within(refused.map(refusalText), maxReasonsLength).map((reason) => `- ${reason}`);
  const content =
    `Your proposal was not accepted, and nothing was changed:\n${reasons.join("\n")}\n` +
    "Answer again in full, with these problems fixed.";
  return [
    { role: "assistant", content: answer === "" ? "(no answer)" : shorten(answer, maxAnswerLength) },
    { role: "user", content },
  ];
}

/** An answer as text, so that it reads the same for models with and without tools. */
export function answerText({ text, toolInput }: ModelReply): string {
  const parts = [text, toolInput === undefined ? "" : jsonText(toolInput)];
  return parts.filter((part) => part.trim() !== "").join("\n");
}

/** What a model called the tool with, as JSON; a preview of very deep data, which JSON cannot write. */
function jsonText(toolInput: unknown): string {
  try {
    return JSON.stringify(toolInput);
  } catch {
    return preview(toolInput, 2_000);
  }
}
