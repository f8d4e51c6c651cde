/** A reply that began well, and is an error or was cut: no whole reply, though some SDKs take it for one. */

import { cutError } from "./watch-stream.ts";

/** See the head of the file. It bears no status, since it may have been paid for. */
export class BrokenReply extends Error {
  override readonly name = "BrokenReply";
  /** What came of it, as plain data. */
  readonly stored: unknown;
  /** What the provider says; undefined where the connection was cut. */
  readonly error: unknown;

  /** @param error Default: the connection was cut. */
  constructor(message: string, stored: unknown, error?: unknown) {
    super(message, { cause: error ?? cutError() });
    this.stored = stored;
    this.error = error;
  }
}

/** The broken reply that caused an error, if one did. */
export function brokenReplyIn(error: unknown): BrokenReply | undefined {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof BrokenReply) return at;
  return undefined;
}
