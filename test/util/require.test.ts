import { expect, it } from "vitest";
import { requireAboveZero, requireWholeNumber } from "../../src/util/require.ts";

it("requireWholeNumber takes whole numbers above zero, and zero where that is allowed", () => {
  for (const value of [1, 2, 1e9]) expect(() => requireWholeNumber("memory", value)).not.toThrow();
  expect(() => requireWholeNumber("memory", 0, { zero: true })).not.toThrow();
});

it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "3", undefined, null])(
  "requireWholeNumber refuses %s by name",
  (value) => {
    expect(() => requireWholeNumber("memory", value as number)).toThrow(
      `\`memory\` must be a whole number, 1 or more; got ${String(value)}.`,
    );
    expect(() => requireWholeNumber("retries", -1, { zero: true })).toThrow("0 or more");
  },
);

it("requireAboveZero takes numbers above zero, and refuses all else by name", () => {
  for (const value of [1e-9, 0.5, 1, Number.POSITIVE_INFINITY])
    expect(() => requireAboveZero("pollMs", value)).not.toThrow();
  for (const value of [0, -1, Number.NaN, "3", undefined, null]) {
    expect(() => requireAboveZero("pollMs", value as number)).toThrow(
      `\`pollMs\` must be a number above 0; got ${String(value)}.`,
    );
  }
});
