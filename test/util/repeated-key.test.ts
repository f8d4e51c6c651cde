import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { repeatedKeyIn } from "../../src/util/repeated-key.ts";

describe("repeatedKeyIn", () => {
  it.each([
    ['{"a":1,"a":2}', "a"],
    ['{"b":{"a":1,"a":2}}', "a"],
    ['{"list":[{"x":1},{"x":1,"y":[{"z":0,"z":0}]}]}', "z"],
    ['{"a":1,"\\u0061":2}', "a"],
    ['{"__proto__":1,"__proto__":2}', "__proto__"],
    ['{"":1,"":2}', ""],
    ['Here it is:\n```json\n{"a":1,"a":2}\n```\n(so I did)', "a"],
    ['First {x}, then {y: 1, y: 2}, then {}: {"a" : 1 ,\n"a"\t:2}.', "a"],
    [`${"{ ".repeat(60)}{"a":1,"a":2}`, "a"],
  ])("finds the key in %s", (text, key) => expect(repeatedKeyIn(text)).toBe(key));

  it.each([
    '{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}',
    '{"a":"\\"a\\":1, \\"a\\":2","b":"{\\"x\\":1,\\"x\\":2}"}',
    '{"a":["a","a"]}',
    'no JSON: {a: 1, a: 2} and { "a": 1, "a": ',
    "{",
    '{"a',
    "",
  ])("finds none in %s", (text) => expect(repeatedKeyIn(text)).toBeUndefined());

  it("finds none in any JSON that was written from a value", () => {
    fc.assert(fc.property(fc.object(), (value) => repeatedKeyIn(`so: ${JSON.stringify(value)}`) === undefined));
  });

  it("is neither slow nor deep on hostile texts", () => {
    expect(repeatedKeyIn(`{"a":"${"x".repeat(5_000_000)}","a":1}`)).toBe("a");
    expect(repeatedKeyIn("{".repeat(20_000))).toBeUndefined();
    expect(repeatedKeyIn(`{"a":${"[".repeat(100_000)}${"]".repeat(100_000)},"a":1}`)).toBe("a");
  });
});
