import { describe, expect, test } from "vitest";
import { type FirstError, firstErrors } from "./compiler.ts";
import { classMistakes, type Mistake, mistakes, prelude, rightPrograms } from "./mistakes.ts";

const programsOf = (table: Readonly<Record<string, Mistake>>) =>
  Object.entries(table).map(([name, { program }]) => [name, program] as const);

const errors = firstErrors(prelude, new Map([...programsOf(mistakes), ...Object.entries(rightPrograms)]));

function expectToldOf({ says }: Mistake, error: FirstError | undefined): void {
  expect(error?.at).toBe(error?.wanted);
  for (const part of says) expect(error?.text).toContain(part);
}

describe("the compiler points at the mistake and says how to fix it", () => {
  test.each(Object.entries(mistakes))("%s", (name, mistake) => expectToldOf(mistake, errors.get(name)));
});

describe("the compiler has nothing against", () => {
  test.each(Object.keys(rightPrograms))("%s", (name) => {
    expect(errors.get(name)).toBeUndefined();
  });
});

test("legacy decorators and looser settings give the same messages", () => {
  const loose = { exactOptionalPropertyTypes: false, noUncheckedIndexedAccess: false, erasableSyntaxOnly: false };
  const programs = new Map([...programsOf(classMistakes), ...Object.entries(rightPrograms)]);
  const told = firstErrors(prelude, programs, { ...loose, experimentalDecorators: true });
  for (const [name, mistake] of Object.entries(classMistakes)) expectToldOf(mistake, told.get(name));
  for (const name of Object.keys(rightPrograms)) expect(told.get(name)).toBeUndefined();
});
