/** Says what an error of a provider's SDK means: a mistake in the set-up, a bad request, or a fault that passes. */

import { headOf } from "../util/cut.ts";
import { messageOf, TracegradError } from "../util/errors.ts";
import { fieldsOf, textIn } from "../util/fields.ts";
import { isObject } from "../util/is-record.ts";
import { redactor } from "../util/redact.ts";
import type { FailureVerdict } from "./retry.ts";

const CONFIG_STATUS: ReadonlySet<number> = new Set([401, 402, 403, 404]);
const PASSING_STATUS: ReadonlySet<number> = new Set([408, 409, 429]);
/** What providers name their errors by, in `type` or `code`; the status of one inside a stream is not there. */
const CONFIG_KINDS: ReadonlySet<unknown> = new Set([
  ...["authentication_error", "billing_error", "permission_error", "not_found_error"],
  // OpenAI answers 429 when nothing is left on the account: no wait helps.
  ...["AI_LoadAPIKeyError", "AI_LoadSettingError", "AI_NoSuchModelError"],
  ...["insufficient_quota", "billing_hard_limit_reached", "invalid_api_key", "model_not_found"],
]);
const REQUEST_KIND =
  /^(invalid_|image_|empty_image|request_too_large|context_length_exceeded|string_above|content_filter)/;
/** Errors of the connection: the SDKs' own, and the bare ones they let through when a body is cut or is not JSON. */
const TRANSPORT_NAMES: ReadonlySet<string> = new Set([
  ...["AI_APICallError", "AI_EmptyResponseBodyError", "AI_InvalidResponseDataError", "AI_JSONParseError"],
  "AI_TypeValidationError",
  "APIConnectionError",
  "APIConnectionTimeoutError",
  "TypeError",
  "SyntaxError",
  "AbortError",
]);

/** What an error says of itself. */
export interface ErrorFacts {
  readonly status: number | undefined;
  /** Its `type`, its `code` and its name. */
  readonly kinds: readonly unknown[];
  readonly header: (name: string) => string | null;
  readonly message: string;
}

/** Whose errors are judged. */
export interface Provider {
  /** Such as "Anthropic". */
  readonly name: string;
  /** The model's id. */
  readonly model: string;
  /** The key, which is taken out of the texts of errors. */
  readonly secret: string | undefined;
  /** What to check when the provider refuses key or model. */
  readonly check: string;
}

/**
 * Judges what a call of an SDK threw. The verdict's error holds text only, never the SDK's error as its cause: a
 * server may echo the key, and error objects get printed.
 */
export function judgeProvider(thrown: unknown, { name, model, secret, check }: Provider): FailureVerdict {
  if (thrown instanceof TracegradError) return { error: thrown, retry: RETRIED_CODES.has(thrown.code) };
  const facts = errorFacts(thrown);
  // A key that we do not know is known by its form, or stands in the environment.
  const said = secret ? facts.message.replaceAll(secret, "[key]") : redactor()(facts.message);
  const verdict = (code: string, text: string): FailureVerdict => ({
    error: new TracegradError(code, text),
    retry: false,
  });
  if (isConfig(facts)) return verdict("model-config", `${name} refused ${model}: ${said}. ${check}`);
  if (isPassing(facts, thrown)) {
    const error = new TracegradError("model-unavailable", `${said}.`);
    return { error, retry: facts.header("x-should-retry") !== "false", waitMs: retryAfterMs(facts) };
  }
  return verdict("model-bad-request", `${name} could not take the request to ${model}: ${said}.`);
}

/** A stream that broke or fell silent may well be whole the next time. */
const RETRIED_CODES: ReadonlySet<string> = new Set(["model-stream", "model-silent"]);

function isConfig({ status, kinds }: ErrorFacts): boolean {
  return (status !== undefined && CONFIG_STATUS.has(status)) || kinds.some((kind) => CONFIG_KINDS.has(kind));
}

function isPassing({ status, kinds }: ErrorFacts, thrown: unknown): boolean {
  if (status !== undefined) return PASSING_STATUS.has(status) || status >= 500;
  // A server that fails after it has taken the request may not fail the next time, unless it says what is wrong with
  // it.
  if (isObject(thrown) && "error" in thrown) return !kinds.some((kind) => REQUEST_KIND.test(textIn(kind)));
  return TRANSPORT_NAMES.has(nameOf(thrown));
}

/**
 * Reads the error by shape and not by class, because a client that was handed in may come from another copy of the SDK.
 */
export function errorFacts(thrown: unknown): ErrorFacts {
  const { status, statusCode, type, code, headers, responseHeaders, requestID, data } = fieldsOf(thrown);
  const sent = fieldsOf(fieldsOf(data)["error"]);
  const id = typeof requestID === "string" ? ` (request ${requestID})` : "";
  return {
    // Servers that are compatible with OpenAI give the status as the code of an error inside a stream.
    status: [status, statusCode, code].find((one): one is number => Number.isInteger(one) && Number(one) >= 400),
    kinds: [type, code, sent["type"], sent["code"], nameOf(thrown)],
    header: (name) =>
      headers instanceof Headers ? headers.get(name) : textIn(fieldsOf(responseHeaders)[name]) || null,
    message: `${headOf(withCause(thrown), 1_000)}${id}`,
  };
}

/** "Connection error." alone says little; the cause beneath it names the address and the reason. */
function withCause(thrown: unknown): string {
  let text = messageOf(thrown).replace(/^Error: |\.$/g, "");
  let cause = thrown instanceof Error ? thrown.cause : undefined;
  for (let depth = 0; cause !== undefined && depth < 3; depth += 1) {
    text += `: ${messageOf(cause)}`;
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return text;
}

function nameOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name : "";
}

/** The wait asked for, in seconds or as a date; `undefined` when none, or none that makes sense, was given. */
function retryAfterMs({ header }: ErrorFacts): number | undefined {
  const ms = Number(header("retry-after-ms") ?? Number.NaN);
  if (ms > 0) return ms;
  const after = header("retry-after");
  if (after === null) return undefined;
  const seconds = Number(after);
  const wait = Number.isNaN(seconds) ? Date.parse(after) - Date.now() : seconds * 1000;
  return wait > 0 ? wait : undefined;
}
