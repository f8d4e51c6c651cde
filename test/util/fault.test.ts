/** Whose fault an error is, by the shapes that clients really throw. */

import { describe, expect, test } from "vitest";
import { ExternalCallError, TracegradError } from "../../src/util/errors.ts";
import { faultOf, toExternalCallError, withOutages } from "../../src/util/fault.ts";

function error(fields: object, message = "no"): Error {
  return Object.assign(new Error(message), fields);
}

class RateLimitError extends Error {}

describe("the world's", () => {
  test.each([
    ["a status of 401", error({ status: 401 })],
    ["a status of 403", error({ status: 403 })],
    ["a status of 408", error({ status: 408 })],
    ["a status of 429", error({ status: 429, name: "RateLimitError" })],
    ["a status of 500", error({ status: 500 })],
    ["a status of 529, overloaded", error({ status: 529 })],
    ["a conflict of a model's SDK", error({ status: 409, requestID: "req_1" })],
    [
      "an empty account, told as a bad request",
      error({ status: 400 }, "Your credit balance is too low to access the API."),
    ],
    ["a class that says so, without a status", new RateLimitError("slow down")],
    ["a connection that an SDK lost", error({ name: "APIConnectionError" })],
    ["axios", error({ code: "ERR_BAD_RESPONSE", response: { status: 503 } })],
    ["got", error({ response: { statusCode: 502 } })],
    ["gaxios, whose code is a status as text", error({ code: "429" })],
    ["the AI SDK", error({ name: "AI_APICallError", statusCode: undefined, isRetryable: true })],
    [
      "the AI SDK's attempts",
      error({ name: "AI_RetryError", errors: [error({ statusCode: 429, isRetryable: true })] }),
    ],
    ["AWS, retryable", error({ $retryable: { throttling: true }, $metadata: { httpStatusCode: 400 } })],
    ["AWS, by its fault", error({ $fault: "server", $metadata: {} })],
    ["AWS, by its status", error({ $fault: "client", $metadata: { httpStatusCode: 403 } })],
    ["AWS, throttled by name", error({ name: "ThrottlingException", $metadata: { httpStatusCode: 400 } })],
    ["gRPC, unavailable", error({ code: 14, details: "down", metadata: {} })],
    ["an error within a stream", error({ error: { type: "error", error: { type: "overloaded_error" } } })],
    ["OpenAI, no quota", error({ code: "insufficient_quota" })],
    ["a connection refused", error({ code: "ECONNREFUSED", syscall: "connect" })],
    ["a host that is not found", error({ code: "ENOTFOUND" })],
    ["a timeout of the network", error({ code: "ETIMEDOUT" })],
    ["a full disk", error({ code: "ENOSPC" })],
    ["a module that is not installed", error({ code: "ERR_MODULE_NOT_FOUND" })],
    ["fetch, by its cause", new TypeError("fetch failed", { cause: error({ code: "UND_ERR_SOCKET" }) })],
    ["fetch without a cause", new TypeError("fetch failed")],
    ["fetch that timed out", new DOMException("The operation timed out.", "TimeoutError")],
    ["a wrapped one", new Error("my client failed", { cause: new Error("again", { cause: error({ status: 503 }) }) })],
    ["one of several attempts", new AggregateError([error({ status: 404 }), error({ status: 429 })])],
    ["a model of ours, outside any run", new TracegradError("model-unavailable", "no answer")],
    [
      "a spent budget that somebody wrapped",
      new Error("call failed", { cause: new ExternalCallError("budget", "spent") }),
    ],
  ])("%s", (_what, thrown) => {
    expect(faultOf(thrown)).toBe("world");
  });
});

describe("the program's", () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const cyclic = error({});
  cyclic.cause = cyclic;
  test.each([
    ["an error of the language", new TypeError("x is not a function")],
    ["JSON that does not parse", new SyntaxError("Unexpected token")],
    ["a request that was refused", error({ status: 400 }, "max_tokens is required")],
    ["a page that does not exist", error({ status: 404 })],
    ["a request that cannot be processed", error({ status: 422 })],
    ["a conflict of any other service", error({ status: 409 }, "the seat is taken")],
    [
      "a refused request, whatever its cause",
      new Error("x", { cause: error({ status: 400, cause: error({ status: 500 }) }) }),
    ],
    ["fetch of what is no URL", new TypeError("Failed to parse URL", { cause: error({ code: "ERR_INVALID_URL" }) })],
    ["fetch of an unknown scheme", new TypeError("fetch failed", { cause: new Error("unknown scheme") })],
    ["a file that the program named", error({ code: "ENOENT" })],
    ["a selector that never showed", Object.assign(error({}), { name: "TimeoutError" })],
    ["a call that took too long", new TracegradError("timeout", "took too long")],
    ["a request that a model could not take", new TracegradError("model-bad-request", "too long")],
    ["a text with a number in it", "429"],
    ["null", null],
    ["a revoked Proxy", proxy],
    ["a cycle of causes", cyclic],
    ["a status that is a word", error({ status: "failed" })],
  ])("%s", (_what, thrown) => {
    expect(faultOf(thrown)).toBe("program");
  });
});

test("an abort is neither's, and a mistake in the use of the library is its author's", () => {
  expect(faultOf(new DOMException("stop", "AbortError"))).toBe("cancelled");
  expect(faultOf(new TracegradError("external-read", "read from outside"))).toBe("use");
});

test("a user names further outages, and denies some, also deep in a chain", () => {
  class Maintenance extends Error {}
  const also = (thrown: unknown) => thrown instanceof Maintenance;
  const except = (thrown: unknown) => (thrown as { status?: number })?.status === 403;
  const judge = (thrown: unknown) => withOutages({ also, except }, () => faultOf(thrown));
  expect(judge(new Error("outer", { cause: new Maintenance("back at noon") }))).toBe("world");
  expect(judge(error({ status: 403 }))).toBe("program");
  expect(judge(error({ status: 429 }))).toBe("world");
  expect(judge(new Error("plain"))).toBe("program");
  expect(withOutages({ except: () => true }, () => faultOf(new ExternalCallError("budget", "spent")))).toBe("world");
});

test("a rule of the user's that throws stops the run, and the error names the rule", () => {
  const rules = {
    also: () => {
      throw new Error("a bug in the rule");
    },
  };
  expect(withOutages(rules, () => faultOf(new Error("any")))).toBe("world");
  const outside = withOutages(rules, () => toExternalCallError(new Error("any")));
  expect([outside.code, outside.message.includes("a bug in the rule")]).toEqual(["bad-outages", true]);
});

test("the error that stops a run names the culprit, not what it is wrapped in, and is itself where it is ours", () => {
  const budget = new ExternalCallError("budget", "spent");
  expect(toExternalCallError(new Error("x", { cause: budget }))).toBe(budget);
  const outside = toExternalCallError(new Error("my client failed", { cause: error({ status: 429 }, "slow down") }));
  expect(outside).toMatchObject({ code: "outage", message: expect.stringContaining("Error: slow down") });
});
