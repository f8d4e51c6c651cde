/** What a function reaches of the scopes of others in its world. */
import { expect, test } from "vitest";
import { quickjs } from "../../src/sandbox/quickjs.ts";
import { program } from "./programs.ts";

test("a function reaches the host functions of its own scope, and nobody else's, even if they were left for it", () => {
  const session = quickjs().open();
  const calls: string[] = [];
  const scope = { secret: (who: string) => (calls.push(who), "told") };
  const owner = program("function owner() { globalThis.left = secret; return secret('owner') }", { scope });
  const thief = program(
    "function thief() { try { return globalThis.left('thief') } catch (error) { return error.message } }",
  );
  expect(session.call(owner, [])).toBe("told");
  expect(session.call(thief, [])).toBe("`secret` belongs to the scope of another function");
  expect(session.call(owner, [])).toBe("told");
  expect(calls).toEqual(["owner", "owner"]);
  session.close();
});

test("a function that was there first does not get the host functions of one that comes later", () => {
  const session = quickjs().open();
  const first = program(`function first() {
    for (const proto of [Array.prototype, Object.prototype])
      for (const key of ["0", "1", "secret"]) Object.defineProperty(proto, key, { set(value) { globalThis.got = value }, configurable: true });
    return 1;
  }`);
  const second = program("function second() { return secret() + typeof globalThis.got }", {
    scope: { secret: () => "told " },
  });
  expect(session.call(first, [])).toBe(1);
  expect(session.call(second, [])).not.toBe("told function");
  session.close();
});
