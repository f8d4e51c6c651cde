/** Says what an error of Anthropic's SDK means: a mistake in the set-up, a bad request, or a fault that passes. */

import { headOf } from "../util/cut.ts";
import { messageOf, TracegradError } from "../util/errors.ts";
import type { FailureVerdict } from "./retry.ts";

const CONFIG_STATUS: ReadonlySet<number> = new Set([401, 402, 403, 404]);
const CONFIG_TYPES: ReadonlySet<string> = new Set([
  "authentication_error",
  "billing_error",
  "permission_error",
  "not_found_error",
]);
const PASSING_STATUS: ReadonlySet<number> = new Set([408, 409, 429]);
const PASSING_TYPES: ReadonlySet<string> = new Set([
  "overloaded_error",
  "api_error",
  "rate_limit_error",
  "timeout_error",
]);
/** Errors of the connection: the SDK's own, and the bare ones it lets through when a body is cut or is not JSON. */
const TRANSPORT_NAMES: ReadonlySet<string> = new Set([
  "APIConnectionError",
  "APIConnectionTimeoutError",
  "TypeError",
  "SyntaxError",
  "AbortError",
]);

interface Facts {
  readonly status: number | undefined;
  readonly type: string;
  readonly header: (name: string) => string | null;
  readonly message: string;
}

/**
 * Judges what a call of the SDK threw. The verdict's error holds text only, never the SDK's error as its cause: a
 * server may echo the key, and error objects get printed. `secret` is taken out of the text.
 */
export function judgeAnthropic(thrown: unknown, model: string, secret: string | undefined): FailureVerdict {
  if (thrown instanceof TracegradError) return { error: thrown, retry: RETRIED_CODES.has(thrown.code) };
  const facts = factsOf(thrown);
  const said = secret ? facts.message.replaceAll(secret, "[key]") : facts.message;
  const verdict = (code: string, text: string): FailureVerdict => ({
    error: new TracegradError(code, text),
    retry: false,
  });
  if (isConfig(facts)) {
    return verdict("model-config", `Anthropic refused ${model}: ${said}. Check the API key, its rights and the model.`);
  }
  if (isPassing(facts, thrown)) {
    const error = new TracegradError("model-unavailable", `${said}.`);
    return { error, retry: facts.header("x-should-retry") !== "false", waitMs: retryAfterMs(facts) };
  }
  return verdict("model-bad-request", `Anthropic could not take the request to ${model}: ${said}.`);
}

/** A stream that broke or fell silent may well be whole the next time. */
const RETRIED_CODES: ReadonlySet<string> = new Set(["model-stream", "model-silent"]);

function isConfig({ status, type }: Facts): boolean {
  return status === undefined ? CONFIG_TYPES.has(type) : CONFIG_STATUS.has(status);
}

function isPassing({ status, type }: Facts, thrown: unknown): boolean {
  if (status !== undefined) return PASSING_STATUS.has(status) || status >= 500;
  return PASSING_TYPES.has(type) || TRANSPORT_NAMES.has(nameOf(thrown));
}

/**
 * Reads the error by shape and not by class, because a client that was handed in may come from another copy of the SDK.
 */
function factsOf(thrown: unknown): Facts {
  const { status, type, headers, requestID } = (typeof thrown === "object" && thrown !== null ? thrown : {}) as {
    readonly [key in "status" | "type" | "headers" | "requestID"]?: unknown;
  };
  const id = typeof requestID === "string" ? ` (request ${requestID})` : "";
  return {
    status: typeof status === "number" ? status : undefined,
    type: typeof type === "string" ? type : "",
    header: (name) => (headers instanceof Headers ? headers.get(name) : null),
    message: `${headOf(withCause(thrown), 1_000)}${id}`,
  };
}

/** "Connection error." alone says little; the cause beneath it names the address and the reason. */
function withCause(thrown: unknown): string {
  let text = messageOf(thrown).replace(/\.$/, "");
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
function retryAfterMs({ header }: Facts): number | undefined {
  const ms = Number(header("retry-after-ms") ?? Number.NaN);
  if (ms > 0) return ms;
  const after = header("retry-after");
  if (after === null) return undefined;
  const seconds = Number(after);
  const wait = Number.isNaN(seconds) ? Date.parse(after) - Date.now() : seconds * 1000;
  return wait > 0 ? wait : undefined;
}
