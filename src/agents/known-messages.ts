/** The messages of conversations so far: each is stored once, and is not read again where a later request holds it. */

import type { Fields } from "../util/fields.ts";
import { type ConversationMessage, digestOfMessage, isMark, readMessage } from "./read-request.ts";

/** A message behind all those before it: the same object for the same conversation up to this message. */
export interface KnownMessage {
  readonly message: ConversationMessage;
}

/** Longer messages, such as pictures, are not held: their digests tell them. */
const maxLength = 100_000;

class MessagePlace implements KnownMessage {
  readonly message: ConversationMessage;
  /** A copy of it, which tells the same message much faster than its digest does. */
  readonly copy: unknown;
  /** What followed on it, by digest. */
  readonly next = new Map<string, MessagePlace>();
  /** What followed on it in the last request. */
  latest: MessagePlace | undefined;

  constructor(message: ConversationMessage, copy: unknown) {
    this.message = message;
    this.copy = copy;
  }
}

/** See the head of the file. */
export class KnownMessages {
  readonly #start = new MessagePlace({ role: "", isAnswer: false, text: "", results: [], calls: [] }, undefined);

  /** The places of messages that follow each other; those that are new are read and stored. */
  read(messages: readonly unknown[]): readonly KnownMessage[] {
    let place = this.#start;
    return messages.map((message) => (place = follow(place, message) ?? addTo(place, message)));
  }

  /** The places of the messages, as far as they are known from the first on. */
  find(messages: readonly unknown[]): readonly KnownMessage[] {
    const found: KnownMessage[] = [];
    let place: MessagePlace | undefined = this.#start;
    for (const message of messages) {
      place = follow(place, message);
      if (place === undefined) break;
      found.push(place);
    }
    return found;
  }
}

/** The place of a message that follows, if it is known. */
function follow(place: MessagePlace, message: unknown): MessagePlace | undefined {
  const { latest, next } = place;
  if (latest?.copy !== undefined && isSame(latest.copy, message)) return latest;
  const found = next.size === 0 ? undefined : next.get(digestOfMessage(message));
  if (found !== undefined) place.latest = found;
  return found;
}

function addTo(place: MessagePlace, message: unknown): MessagePlace {
  const next = new MessagePlace(readMessage(message), copyOf(message));
  place.next.set(digestOfMessage(message), next);
  return (place.latest = next);
}

/** A copy, since a program may change its own object; undefined for what is long, or not the same as JSON. */
function copyOf(message: unknown): unknown {
  try {
    const text = JSON.stringify(message);
    const copy: unknown = text.length > maxLength ? undefined : JSON.parse(text);
    return isSame(copy, message) ? copy : undefined;
  } catch {
    return undefined;
  }
}

/** Whether two messages are the same, but for marks. Not for all that are: then their digests tell. */
function isSame(copy: unknown, other: unknown): boolean {
  if (typeof copy !== "object" || copy === null || typeof other !== "object" || other === null) return copy === other;
  if (Array.isArray(copy) || Array.isArray(other)) {
    const isEqual = (item: unknown, index: number) => isSame(item, (other as readonly unknown[])[index]);
    return Array.isArray(copy) && Array.isArray(other) && copy.length === other.length && copy.every(isEqual);
  }
  return hasSameFields(copy as Fields, other as Fields);
}

function hasSameFields(copy: Fields, other: Fields): boolean {
  let left = 0;
  for (const key in copy) {
    if (isMark(key)) continue;
    if (!isSame(copy[key], other[key])) return false;
    left += 1;
  }
  for (const key in other) if (other[key] !== undefined && !isMark(key)) left -= 1;
  return left === 0;
}
