/** What a function reaches of the scopes of others in its world, on both levels. */
import { describe, expect, test } from "vitest";
import { nodeProcess } from "../../src/sandbox/process/node-process.ts";
import { quickjs } from "../../src/sandbox/quickjs.ts";
import { confine } from "./process/confinement.ts";
import { program } from "./programs.ts";

describe.each([
  ["quickjs()", quickjs()],
  ["nodeProcess()", nodeProcess({ confine })],
])("a function in %s reaches the host functions of its own scope, and nobody else's", (_, sandbox) => {
  test("even if another one has left them in their world", async () => {
    const session = sandbox.open();
    const calls: string[] = [];
    const scope = { secret: (who: string) => (calls.push(who), "told") };
    const body = (name: string, prefix = "") =>
      `${prefix}function ${name}() { globalThis.left = secret; return secret('owner') }`;
    const steal = "return globalThis.left('thief')";
    expect(session.call(program(body("owner"), { scope }), [])).toBe("told");
    expect(() => session.call(program(`function thief() { ${steal} }`), [])).toThrow("no function `secret`");
    expect(await session.callAsync(program(body("owner", "async "), { scope }), [])).toBe("told");
    await expect(session.callAsync(program(`async function thief() { ${steal} }`), [])).rejects.toThrow(
      "no function `secret`",
    );
    expect(calls).toEqual(["owner", "owner"]);
    session.close();
  });

  test("even if it was there first and has changed the prototypes", () => {
    const session = sandbox.open();
    const first = program(`function first() {
      for (const proto of [Array.prototype, Object.prototype])
        for (const key of ["0", "1", "secret"])
          Object.defineProperty(proto, key, { set(value) { globalThis.got = value }, configurable: true });
      return 1;
    }`);
    const second = program("function second() { return secret() + typeof globalThis.got }", {
      scope: { secret: () => "told " },
    });
    expect(session.call(first, [])).toBe(1);
    expect(session.call(second, [])).not.toBe("told function");
    session.close();
  });
});
