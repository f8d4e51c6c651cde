/** Lists of a program that are parameters: of texts, which it joins, and of messages, such as examples of a dialogue. */

import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Parameter } from "../nodes/parameter.ts";
import { type Fields, fieldsOf } from "../util/fields.ts";
import { isMark, itemsOf } from "./read-request.ts";

/** A message of a list. */
export interface LearnedMessage {
  readonly role: string;
  readonly content: string;
}

/** A list to look for, and the parameter whose first value it is. */
export interface MessageList {
  readonly items: readonly LearnedMessage[];
  readonly owner: Parameter;
}

/** Whether a value is a list of texts. */
export function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string" && item.trim() !== "");
}

/** Whether a value is a list of messages whose contents are texts. */
export function isMessageList(value: unknown): value is readonly LearnedMessage[] {
  return Array.isArray(value) && value.every(isMessage);
}

function isMessage(value: unknown): value is LearnedMessage {
  const { role, content, ...rest } = fieldsOf(value);
  return typeof role === "string" && typeof content === "string" && Object.keys(rest).length === 0;
}

/** What the values of a list must be: those that can be written where the first one is. */
export function listSchema<T>(first: T): StandardSchemaV1<unknown, T> {
  const [isList, what] = isTextList(first)
    ? [isTextList, "a list of texts, none of them empty"]
    : [isMessageList, "a list of messages, each with a role and a content, which are texts"];
  const validate = (value: unknown) =>
    isList(value) ? { value: value as T } : { issues: [{ message: `It is not ${what}.` }] };
  return { "~standard": { version: 1, vendor: "tracegrad", validate } };
}

/** Where a list is. */
interface ListMatch {
  readonly list: MessageList;
  readonly start: number;
}

/**
 * Where the messages of lists follow each other, from left to right, but for those that a model wrote. Of several that
 * begin at the same message the longest counts, or else the first.
 */
export function findLists(
  messages: readonly unknown[],
  lists: readonly MessageList[],
  answers: ReadonlySet<unknown>,
): readonly ListMatch[] {
  const found: ListMatch[] = [];
  for (let start = 0; start < messages.length; ) {
    const isHere = ({ items }: MessageList): boolean =>
      items.every((item, index) => isItem(messages[start + index], item) && !answers.has(messages[start + index]));
    const [list] = lists.filter(isHere).toSorted((one, other) => other.items.length - one.items.length);
    if (list !== undefined) found.push({ list, start });
    start += list?.items.length ?? 1;
  }
  return found;
}

function isItem(message: unknown, item: LearnedMessage): boolean {
  const { role, content } = fieldsOf(message);
  if (role !== item.role) return false;
  const [part, ...others] = itemsOf(content);
  return content === item.content || (others.length === 0 && fieldsOf(part)["text"] === item.content);
}

/** The messages, or parts of them, whose fields a message of a new value has. */
interface MessagePattern {
  /** One of the same role, for what says how messages are written. */
  readonly form: Fields | undefined;
  /** For marks of the cache: they stand at a place, most often the end, and a provider takes only a few. */
  readonly place: Fields | undefined;
  /** For ids: no two messages have the same. */
  readonly same: Fields | undefined;
}

/** What stands in place of the messages of a list, in the form in which the program writes these. */
export function valueOfList(
  messages: readonly unknown[],
  { list: { items, owner }, start }: ListMatch,
): readonly unknown[] {
  const old = messages.slice(start, start + items.length).map(fieldsOf);
  const value = owner.peek() as readonly LearnedMessage[];
  return value.map((item, index) => {
    const beside = old[index % old.length];
    const isAlike = beside?.["role"] === item.role;
    const form = isAlike ? beside : old.find(({ role }) => role === item.role);
    const place = index === value.length - 1 ? old.at(-1) : old.slice(0, -1)[index];
    const same = isAlike ? old[index] : undefined;
    const content = contentLike({ form: form ?? beside, place, same }, item);
    return { ...fieldsLike({ form, place, same }), role: item.role, content };
  });
}

function contentLike({ form, place, same }: MessagePattern, { content }: LearnedMessage): unknown {
  const parts = { form: partIn(form), place: partIn(place), same: partIn(same) };
  const hasMarks = Object.keys(parts.place ?? {}).some(isMark);
  if (parts.form === undefined && !hasMarks) return content;
  return [{ ...fieldsLike({ ...parts, form: parts.form ?? parts.place }), text: content }];
}

/** The first part of the content of a message; undefined where that is a text. */
function partIn(message: Fields | undefined): Fields | undefined {
  const [part] = itemsOf(message?.["content"]);
  return part === undefined ? undefined : fieldsOf(part);
}

function fieldsLike({ form, place, same }: MessagePattern): Fields {
  const isId = (key: string): boolean => /(^|_)id$|Id$/.test(key);
  return {
    ...fieldsWith(form, (key) => !isId(key) && !isMark(key)),
    ...fieldsWith(place, isMark),
    ...fieldsWith(same, isId),
  };
}

function fieldsWith(fields: Fields | undefined, isWanted: (key: string) => boolean): Fields {
  return Object.fromEntries(Object.entries(fields ?? {}).filter(([key]) => isWanted(key)));
}
