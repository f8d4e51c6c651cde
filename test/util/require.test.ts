import { expect, it } from "vitest";
import { requireWholeNumber } from "../../src/util/require.ts";

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
