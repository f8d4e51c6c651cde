/** The words of programs in a request: where their texts are found and replaced, and not in what a model wrote. */

import type { Parameter } from "../nodes/parameter.ts";
import { fillPlaceholders, placeholdersOf } from "../nodes/placeholders.ts";
import { isIntercepted, warn } from "../util/external-call.ts";
import { fieldsOf } from "../util/fields.ts";
import {
  eachString,
  findTexts,
  mapStrings,
  type Needle,
  replaceFound,
  type TextMatch,
  valuesIn,
} from "./find-texts.ts";
import { findLists, type MessageList, valueOfList } from "./lists.ts";
import type { Reply } from "./read-reply.ts";
import {
  isAnswer,
  isSameData,
  messageFieldOf,
  messagesIn,
  readToolCalls,
  type ToolCall,
  textOf,
} from "./read-request.ts";
import { type Setting, settingsIn, withSetting } from "./settings.ts";
import type { ProgramTexts } from "./texts.ts";

/** A reply that a program got. */
export interface ReceivedReply {
  readonly reply: Reply;
  /** The number of messages in the request that it answers: in a later request it stands behind as many. */
  readonly after: number;
}

/** A program, and what it got so far. */
export interface WritingProgram {
  readonly texts: ProgramTexts;
  readonly replies: readonly ReceivedReply[];
}

/** Parts that only a model writes, by their type. */
const modelParts = /^(thinking|redacted_thinking|reasoning|tool-call|(server_)?tool_use|\w+_call)$/;
/** Fields that a model or a server writes, or whose values mean something to the server. */
const fixedFields = /^(model|role|type|thinking|reasoning\w*|signature|arguments)$|(^|_)id$|Id$/;

/** See the head of the file. */
export class ProgramWords {
  /** The request as the programs made it. */
  readonly request: unknown;
  readonly #needles: readonly Needle<Parameter>[];
  readonly #lists: readonly MessageList[];
  readonly #settings: readonly Setting[];
  readonly #answers: ReadonlySet<unknown>;

  /** @param writers The program that made the request, and those around it, from the inside out. */
  constructor(writers: readonly WritingProgram[], request: unknown) {
    this.request = request;
    this.#needles = writers.flatMap(({ texts }) => texts.needles);
    this.#lists = writers.flatMap(({ texts }) => texts.lists);
    this.#settings = writers.flatMap(({ texts }) => texts.settings);
    this.#answers = answersIn(
      request,
      writers.flatMap(({ replies }) => replies),
    );
  }

  /** The parameters whose values stand in `part`, words at any depth. Default: in the request. */
  findIn(part: unknown = this.request): ReadonlySet<Parameter> {
    const settings = settingsIn(part, this.#settings);
    return new Set([...this.findWordsIn(part), ...settings.map((one) => one.parameter as Parameter)]);
  }

  /** The same without settings, whose values stand in the requests of others as well. */
  findWordsIn(part: unknown = this.request): ReadonlySet<Parameter> {
    const lists = findLists(messagesIn(part), this.#lists, this.#answers);
    const found = new Set<Parameter>(lists.map(({ list }) => list.owner));
    const find = (text: string): void => {
      for (const match of findTexts(text, this.#needles)) {
        found.add(match.owner);
        for (const { start, end } of match.gaps) find(text.slice(start, end));
      }
    };
    eachString(part, find, this.#isFixed);
    return found;
  }

  /**
   * The request, or a part of it, with the values of now, of the caller's context: the same object where these are
   * equal.
   */
  replaced(part: unknown = this.request): unknown {
    const written = new Set<unknown>();
    let request = this.#withLists(part, written);
    for (const one of settingsIn(part, this.#settings))
      if (one.parameter.peek() !== one.parameter.first) request = withSetting(request, one);
    const isLeftOut = (value: unknown, key: string) => written.has(value) || this.#isFixed(value, key);
    return mapStrings(request, (text) => this.#replaceIn(text), isLeftOut);
  }

  /** `part` with the lists of now; their messages are added to `written`. */
  #withLists(part: unknown, written: Set<unknown>): unknown {
    const name = messageFieldOf(part);
    const messages = messagesIn(part);
    const found = findLists(messages, this.#lists, this.#answers);
    const changed = found.filter(({ list: { owner } }) => owner.peek() !== owner.first);
    if (name === undefined || changed.length === 0) return part;
    const all: unknown[] = [];
    let at = 0;
    for (const match of changed) {
      const value = valueOfList(messages, match);
      for (const message of value) written.add(message);
      all.push(...messages.slice(at, match.start), ...value);
      at = match.start + match.list.items.length;
    }
    return { ...fieldsOf(part), [name]: [...all, ...messages.slice(at)] };
  }

  #replaceIn(text: string): string {
    return replaceFound(text, findTexts(text, this.#needles), (match) => this.#newTextOf(text, match));
  }

  #newTextOf(text: string, match: TextMatch<Parameter>): string {
    const { owner, start, end, gaps, longGaps, separator } = match;
    const value = owner.peek();
    if (separator !== undefined)
      return value === owner.first ? text.slice(start, end) : (value as readonly string[]).join(separator);
    if (typeof value === "string" && value !== owner.first) {
      const fill = (pattern: string, values: ReadonlyMap<string, string>): string =>
        fillPlaceholders(pattern.trim(), new Map([...values].map(([name, one]) => [name, this.#replaceIn(one)])));
      const values = valuesIn(text, gaps);
      const filled = fill(value, values);
      const isSame = fillPlaceholders((owner.first as string).trim(), values) === text.slice(start, end);
      if (isSame && filled === fill(value, valuesIn(text, longGaps))) return filled;
      warnOfFilling(owner);
    }
    const replaceGap = (gap: { start: number; end: number }) => this.#replaceIn(text.slice(gap.start, gap.end));
    return replaceFound(text.slice(0, end), gaps, replaceGap).slice(start);
  }

  readonly #isFixed = (value: unknown, key: string): boolean =>
    typeof value === "string"
      ? fixedFields.test(key)
      : this.#answers.has(value) || modelParts.test(String(fieldsOf(value)["type"]));
}

const warned = new WeakSet<Parameter>();

/** Only the program knows how it fills in a placeholder that is there with two values, or whose end is not clear. */
function warnOfFilling(text: Parameter): void {
  const message =
    `A request went out with the first value of "${text.name}": what the program filled in for its placeholders ` +
    `(${placeholdersOf(text.first as string).join(", ")}) can be divided in several ways. Put ` +
    "words between the placeholders that their values do not hold, or fill in one that is there twice with one value.";
  if (isIntercepted()) return warn(message);
  if (!warned.has(text)) process.emitWarning(message, "TracegradWarning");
  warned.add(text);
}

/** The messages that a model wrote: all answers from the first such reply on. Those before it are examples. */
function answersIn(request: unknown, replies: readonly ReceivedReply[]): ReadonlySet<unknown> {
  const messages = replies.length === 0 ? [] : messagesIn(request);
  const first = messages.findIndex(
    (message, index) =>
      isAnswer(message) && replies.some(({ reply, after }) => index >= after && isReply(message, reply)),
  );
  return new Set(first < 0 ? [] : messages.slice(first).filter(isAnswer));
}

function isSameCall(one: ToolCall, other: ToolCall): boolean {
  return one.id === other.id && one.name === other.name && isSameData(one.input, other.input);
}

/** Whether a message is a reply, or a part of one. */
function isReply(message: unknown, { answers }: Reply): boolean {
  const own = readToolCalls(message);
  const said = textOf(fieldsOf(message)["content"]).trim();
  return answers.some(
    ({ text, calls }) =>
      calls.some((call) => own.some((other) => isSameCall(other, call))) || (said !== "" && text.trim() === said),
  );
}
