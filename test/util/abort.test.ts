import { expect, it } from "vitest";
import { abortErrorOf, isAbort, throwIfAborted } from "../../src/util/abort.ts";

it("gives the AbortError of the signal itself", () => {
  const controller = new AbortController();
  controller.abort();
  expect(abortErrorOf(controller.signal)).toBe(controller.signal.reason);
});

it("makes an AbortError that is caused by any other reason", () => {
  const reason = new Error("enough");
  const error = abortErrorOf(AbortSignal.abort(reason));
  expect(isAbort(error)).toBe(true);
  expect(error.cause).toBe(reason);
  expect(isAbort(reason)).toBe(false);
});

it("throws only for a signal that has aborted", () => {
  expect(() => throwIfAborted(undefined)).not.toThrow();
  expect(() => throwIfAborted(new AbortController().signal)).not.toThrow();
  expect(() => throwIfAborted(AbortSignal.abort("stop"))).toThrow("The call was aborted.");
});
