/** The messages of conversations so far: each is stored once, and is not read again where a later request holds it. */

import { maxDepth } from "../util/decode.ts";
import type { Fields } from "../util/fields.ts";
import { isContainer } from "../util/tree.ts";
import { eachString } from "./find-texts.ts";
import { type ConversationMessage, digestOf, digestOfMessage, isMark, readMessage } from "./read-request.ts";

/** A message behind all those before it. */
export interface KnownMessage {
  readonly message: ConversationMessage;
  /** The same for the same conversation up to this message, and for no other. */
  readonly key: string;
}

/** Longer messages, such as pictures, are not held: their digests tell them. */
const maxLength = 100_000;
/** The characters that are held, and how many times a conversation. Beyond both, all are forgotten. */
const [maxSize, maxTimes] = [20_000_000, 4];
/** What a message takes besides its characters, in characters. */
const baseSize = 500;

class MessagePlace implements KnownMessage {
  readonly message: ConversationMessage;
  readonly key: string;
  /** A copy of it, which tells the same message much faster than its digest does. */
  readonly copy: unknown;
  /** What followed on it, by digest. */
  readonly next = new Map<string, MessagePlace>();
  /** What followed on it in the last request. */
  latest: MessagePlace | undefined;
  /** What it takes, in characters. */
  readonly size: number;

  constructor(message: ConversationMessage, key: string, copy?: unknown) {
    this.message = message;
    this.key = key;
    this.copy = copy;
    let size = baseSize;
    eachString(message, (text) => (size += text.length));
    this.size = size;
  }
}

/** See the head of the file. */
export class KnownMessages {
  #start = startOfAll();
  /** The size of all that is held. */
  #held = 0;

  /** The places of messages that follow each other; those that are new are read and stored. */
  read(messages: readonly unknown[]): readonly KnownMessage[] {
    let [place, size] = [this.#start, 0];
    const places = messages.map((message) => {
      place = follow(place, message) ?? this.#addTo(place, message);
      size += place.size;
      return place;
    });
    // Where each conversation begins in another way, such as with the time, nothing is ever known again. What is
    // forgotten and comes again is read once more, and has the same key.
    if (this.#held > Math.max(maxSize, maxTimes * size)) {
      this.#start = startOfAll();
      this.#held = 0;
    }
    return places;
  }

  #addTo(place: MessagePlace, message: unknown): MessagePlace {
    const digest = digestOfMessage(message);
    const next = new MessagePlace(readMessage(message), digestOf(place.key + digest), copyOf(message));
    place.next.set(digest, next);
    this.#held += next.size;
    return (place.latest = next);
  }
}

function startOfAll(): MessagePlace {
  return new MessagePlace({ role: "", isAnswer: false, text: "", results: [], calls: [] }, "");
}

/** The place of a message that follows, if it is known. */
function follow(place: MessagePlace, message: unknown): MessagePlace | undefined {
  const { latest, next } = place;
  if (latest?.copy !== undefined && isSame(latest.copy, message)) return latest;
  const found = next.size === 0 ? undefined : next.get(digestOfMessage(message));
  if (found !== undefined) place.latest = found;
  return found;
}

/** A copy, since a program may change its own object; undefined for what is long or deep, or is not the same as JSON. */
function copyOf(message: unknown): unknown {
  let left = maxLength;
  const fits = (value: unknown, depth: number): boolean => {
    left -= typeof value === "string" ? value.length : 1;
    if (left < 0 || depth > maxDepth) return false;
    if (value === null || typeof value === "string" || typeof value === "boolean") return true;
    if (typeof value === "number") return Number.isFinite(value);
    if (Array.isArray(value)) return value.every((item) => fits(item, depth + 1));
    // Bytes, times and other objects have no fields, or far too many.
    return isContainer(value) && Object.values(value).every((item) => item === undefined || fits(item, depth + 1));
  };
  return fits(message, 0) ? JSON.parse(JSON.stringify(message)) : undefined;
}

/** Whether two messages are the same, but for marks. Not for all that are: then their digests tell. */
function isSame(copy: unknown, other: unknown): boolean {
  if (typeof copy !== "object" || copy === null || !isContainer(other)) return copy === other;
  if (Array.isArray(copy) || Array.isArray(other)) {
    const isEqual = (item: unknown, index: number) => isSame(item, (other as readonly unknown[])[index]);
    return Array.isArray(copy) && Array.isArray(other) && copy.length === other.length && copy.every(isEqual);
  }
  return hasSameFields(copy as Fields, other as Fields);
}

function hasSameFields(copy: Fields, other: Fields): boolean {
  let left = 0;
  for (const key of Object.keys(copy)) {
    if (isMark(key)) continue;
    if (!Object.hasOwn(other, key) || !isSame(copy[key], other[key])) return false;
    left += 1;
  }
  for (const key of Object.keys(other)) if (other[key] !== undefined && !isMark(key)) left -= 1;
  return left === 0;
}
