/** Lists of a program that are parameters: of texts, which it joins, and of messages, such as examples of a dialogue. */

import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Parameter } from "../nodes/parameter.ts";
import { type Fields, fieldsOf } from "../util/fields.ts";
import { itemsOf } from "./read-request.ts";

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

/** Where the messages of a list follow each other; -1 where they do not. */
export function indexOfList(messages: readonly unknown[], { items }: MessageList): number {
  return messages.findIndex((_, index) => items.every((item, place) => isItem(messages[index + place], item)));
}

function isItem(message: unknown, item: LearnedMessage): boolean {
  const { role, content } = fieldsOf(message);
  if (role !== item.role) return false;
  const [part, ...others] = itemsOf(content);
  return content === item.content || (others.length === 0 && fieldsOf(part)["text"] === item.content);
}

/** Messages with those of a list, which begins at `start`, replaced by others, in the form in which an SDK writes them. */
export function replaceList(messages: readonly unknown[], start: number, list: MessageList): readonly unknown[] {
  const end = start + list.items.length;
  const old = messages.slice(start, end).map(fieldsOf);
  const written = (list.owner.peek() as readonly LearnedMessage[]).map((item) => writtenLike(old, item));
  return [...messages.slice(0, start), ...written, ...messages.slice(end)];
}

function writtenLike(old: readonly Fields[], item: LearnedMessage): unknown {
  const like = old.find(({ role }) => role === item.role) ?? old[0] ?? {};
  const [part] = itemsOf(like["content"]);
  if (part === undefined) return item;
  return { ...like, role: item.role, content: [{ ...fieldsOf(part), text: item.content }] };
}
