import { describe, expect, test } from "vitest";
import { firstErrors } from "./compiler.ts";
import { mistakes, prelude, rightPrograms } from "./mistakes.ts";

const errors = firstErrors(
  prelude,
  new Map([
    ...Object.entries(mistakes).map(([name, { program }]) => [name, program] as const),
    ...Object.entries(rightPrograms),
  ]),
);

describe("the compiler points at the mistake and says how to fix it", () => {
  test.each(Object.entries(mistakes))("%s", (name, { says }) => {
    const error = errors.get(name);
    expect(error?.at).toBe(error?.wanted);
    for (const part of says) expect(error?.text).toContain(part);
  });
});

describe("the compiler has nothing against", () => {
  test.each(Object.keys(rightPrograms))("%s", (name) => {
    expect(errors.get(name)).toBeUndefined();
  });
});
