/** What the options of all providers have in common, and the checks of keys, addresses and limits. */

import { TracegradError } from "../util/errors.ts";
import { requireAboveZero, requireWholeNumber } from "../util/require.ts";
import type { Content } from "./llm.ts";
import { RequestLimiter } from "./request-limiter.ts";
import type { StreamSettings } from "./streamed-call.ts";

/** How long and how often a provider is asked. */
export interface ProviderOptions {
  /** Milliseconds for one `generate` with all its retries and waits. Default 10 minutes. */
  readonly timeoutMs?: number;
  /** Milliseconds without any content from the server until an attempt is given up. Pings do not count. */
  readonly idleTimeoutMs?: number;
  /** Attempts after the first one, within `timeoutMs`. Default 16: with their waits about seven minutes. */
  readonly maxRetries?: number;
  /**
   * The first wait before a retry in milliseconds, when the server names none; then three times as long each, up to 30
   * seconds. Default 1000.
   */
  readonly backoffMs?: number;
}

/** The limits of `options` with their defaults. */
export function streamSettings(options: ProviderOptions, defaultIdleMs: number): StreamSettings {
  const { maxRetries = 16, backoffMs = 1_000, timeoutMs = 10 * 60_000, idleTimeoutMs = defaultIdleMs } = options;
  requireWholeNumber("maxRetries", maxRetries, { zero: true });
  for (const [option, value] of Object.entries({ timeoutMs, idleTimeoutMs, backoffMs }))
    requireAboveZero(option, value);
  return { maxRetries, backoffMs, timeoutMs, idleTimeoutMs, limiter: new RequestLimiter() };
}

/** A key that is not sendable is refused here, because the error of `fetch` would show it. */
export function requireKey(key: string): void {
  if (/^[\x21-\x7e]+$/.test(key)) return;
  throw badConfig("The API key holds a newline, a space or another character no key has. Give the key alone, trimmed.");
}

/** The text itself is not shown: it may hold a password, or be a key in the wrong place. */
export function requireAddress(url: string, variable: string, example: string): void {
  if (/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : "")) return;
  throw badConfig(`baseURL (or ${variable}) is not an http or https URL. Give one like ${example}.`);
}

const IMAGE_TYPES = ["image/jpeg", "image/png", "image/gif", "image/webp"] as const;

/** The media type of an image that a provider takes. */
export function requireImageType(
  { mediaType }: Extract<Content, { readonly type: "image" }>,
  provider: string,
): (typeof IMAGE_TYPES)[number] {
  const found = IMAGE_TYPES.find((type) => type === mediaType);
  if (found !== undefined) return found;
  const text = `${provider} takes no "${mediaType}" images. Give one of ${IMAGE_TYPES.join(", ")}.`;
  throw new TracegradError("model-bad-request", text);
}

/** A mistake in the set-up, which no retry mends. */
export function badConfig(problem: string): TracegradError {
  return new TracegradError("model-config", problem);
}
