import { expect, it } from "vitest";
import { requirePositive } from "../../src/util/require.ts";

it("requirePositive takes whole numbers above zero, and zero where that is allowed", () => {
  for (const value of [1, 2, 1e9]) expect(() => requirePositive("memory", value)).not.toThrow();
  expect(() => requirePositive("memory", 0, { zero: true })).not.toThrow();
});

it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "3", undefined, null])(
  "requirePositive refuses %s by name",
  (value) => {
    expect(() => requirePositive("memory", value as number)).toThrow(
      `\`memory\` must be a whole number, 1 or more; got ${String(value)}.`,
    );
    expect(() => requirePositive("retries", -1, { zero: true })).toThrow("0 or more");
  },
);
