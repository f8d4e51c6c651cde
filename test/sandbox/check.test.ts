import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkSource } from "../../src/sandbox/check.ts";
import { GLOBALS } from "../../src/sandbox/globals.ts";
import type { CodeSpec } from "../../src/sandbox/sandbox.ts";
import { SourceError } from "../../src/util/errors.ts";
import { specOf, thrownBy } from "./programs.ts";

const F = specOf("f", ["x"]);

const accepted: [what: string, source: string, spec?: CodeSpec][] = [
  [
    "types",
    "interface A { b: number }\ntype B = A[];\nfunction f(x: A | B): number { return (x as A).b! satisfies number }",
  ],
  ["a const with an arrow", "const f = (x: string): string => x;"],
  ["a let with a function", "let f = function (x) { return x };"],
  ["an async arrow", "const f = async (x) => await x;", specOf("f", ["x"], { async: true })],
  [
    "helpers before and after",
    "const k = 2;\nfunction f(x) { return twice(x) * k }\nfunction twice(y) { return 2 * y }",
  ],
  ["default values", "function f(x = [1].length) { return x }"],
  ["destructured parameters", "function f({ a, b: [c] }, [d]) { return a + c + d }", specOf("f", ["{}", "[]"])],
  ["a destructured default", "function f({ a = 1 } = {}) { return a }", specOf("f", ["{}"])],
  ["a rest parameter", "function f(x, ...more) { return more }", specOf("f", ["x", "...more"])],
  ["a parameter that a bundler has numbered", "function f(x) { return x }", specOf("f", ["x2"])],
  [
    "parameters that a minifier has renamed",
    "function f(text, { a }, ...more) { return [text, a, more] }",
    specOf("f", ["e", "{}", "...t"], { renamed: true }),
  ],
  ["recursion and hoisting", "function f(x) { return x > 0 ? f(x - 1) : v; var v }"],
  ["scope names", "function f(x) { return lookup(x) }", specOf("f", ["x"], { scope: ["lookup"] })],
  [
    "catch, labels and loops",
    "function f(x) { a: for (let i of x) { try { i() } catch ({ message }) { message; continue a } } for (var k in x) k; return k }",
  ],
  [
    "classes",
    "class A { #p = 1; static s = 2; static { this.t = A.s } get(n) { return this.#p + n + super.toString().length } }\nfunction f(x) { return new A().get(x) }",
  ],
  ["this in methods of objects", "function f(x) { return { v: x, get() { return this.v } }.get() }"],
  ["arguments", "function f(x) { return arguments.length + (() => arguments[0])() }"],
  ["typeof a name that may not exist", "function f(x) { return typeof window === 'undefined' ? x : 0 }"],
  ["switch scopes", "function f(x) { switch (x) { case 1: let y = 2; return y; default: y = 3; return y } }"],
  ["destructuring assignment", "function f(x) { let a, b; ({ a, b: [b = a] } = x); [a, ...b] = x; return { a, b } }"],
  [
    "named function expressions and generators",
    "function f(x) { const g = function* h(n) { if (n) yield* h(n - 1) }; return [...g(x)] }",
  ],
  ["an emoji joined by zero-width characters in a string", "function f(x) { return '👩\u200d💻' + `\u200b` }"],
  ["a parameter called this", "function f(this: unknown, x) { return x }"],
  [
    "optional chaining and private in",
    "class A { #b; static is(o) { return #b in o } }\nfunction f(x) { return x?.y?.[0]?.() ?? A.is(x) }",
  ],
  ["a text that ends in an expression without a semicolon", "function f(x) { return x }\nconst done = 1"],
  ["a function in parentheses", "const f = (function (x) { return x })"],
  ["a comparison chain that TypeScript could take for a call", "function f(x) { return [x < x, x > (x)] }"],
  ["names of types as names of values", "function f(type, x) { let as = type; return as }", specOf("f", ["type", "x"])],
  ["a trailing comment", "function f(x) { return x } // done"],
  ["carriage returns", "function f(x) {\r\n  return x;\r\n}"],
];

// Each: what, text, message, line, column.
const refused: [what: string, source: string, message: RegExp, line: number, column: number, spec?: CodeSpec][] = [
  ["broken text", "function f(x) {\n  return x +;\n}", /Unexpected `;`/, 2, 13],
  ["an open bracket", "function f(x) { return [x }", /Unexpected `}`/, 1, 27],
  ["an enum", "enum A { B }\nfunction f(x) {}", /enum is not allowed/, 1, 1],
  ["an enum after wide characters", "const s = '日本😀\t'; enum A {}\nfunction f(x) {}", /enum/, 1, 20],
  [
    "parameter properties",
    "class A { constructor(private y: number) {} }\nfunction f(x) {}",
    /parameter property is not allowed; declare a field/,
    1,
    23,
  ],
  ["a namespace", "function f(x) {}\nnamespace N { export const a = 1 }", /namespace/, 2, 1],
  ["an import", "import fs from 'fs';\nfunction f(x) {}", /`import` is not allowed/, 1, 1],
  ["an export", "export function f(x) {}", /expected `function f\(x\)`|`export` is not allowed/, 1, 1],
  ["an export beside", "function f(x) {}\nexport {};", /`export` is not allowed/, 2, 1],
  ["a dynamic import", "function f(x) { return import(x) }", /`import\(\)` is not allowed/, 1, 24],
  ["import.meta", "function f(x) { return import.meta }", /`import.meta` is not allowed/, 1, 24],
  ["top-level await", "await 1;\nfunction f(x) {}", /`await` is allowed in async functions only/, 1, 7],
  ["top-level return", "function f(x) {}\nreturn 3", /[Rr]eturn/, 2, 1],
  [
    "await in a plain function",
    "function f(x) { return await x }",
    /Cannot use keyword 'await' outside an async function/,
    1,
    24,
  ],
  ["await of brackets", "function f(x) { return await(x) }", /`await` is allowed in async functions only/, 1, 24],
  ["new.target at the top", "const a = new.target;\nfunction f(x) {}", /`new.target` is not allowed at the top/, 1, 11],
  ["a text that ends in the middle", "function f(x) {}\nif (1)", /Unexpected end of the text/, 2, 7],
  ["a text that ends in a template", "function f(x) {}\n`", /Unterminated template/, 2, 2],
  ["an HTML comment", "function f(x) {}\nlet a = 1 <!-- 2", /HTML-like comments are not allowed/, 2, 11],
  [
    "an HTML comment after types",
    "function f(x: any) {}\nlet a = 1 <!-- f",
    /HTML-like comments are not allowed/,
    2,
    11,
  ],
  ["with", "function f(x) { with (x) {} }", /with/, 1, 17],
  ["a decorator", "@d class A {}\nfunction f(x) {}", /decorators are not allowed/, 1, 1],
  ["debugger", "function f(x) { debugger }", /`debugger` is not allowed/, 1, 17],
  ["no entry", "function g(x) {}", /expected `function f\(x\)` at the top level; found `g`/, 1, 1],
  ["a nested entry only", "{ function f(x) {} }", /expected `function f\(x\)` at the top level/, 1, 1],
  ["two entries", "function f(x) {}\nfunction f(x) {}", /`f` is defined twice/, 2, 1],
  ["two var entries", "var f = (x) => x;\nvar f = (x) => x", /`f` is defined twice/, 2, 5],
  ["a var entry", "var f = (x) => x", /as a function declaration or a const or let/, 1, 5],
  ["a class entry", "class f {}", /as a function declaration/, 1, 1],
  [
    "another signature",
    "async function f(x, n) {}",
    /expected `function f\(x\)`, got `async function f\(x, n\)`/,
    1,
    1,
  ],
  ["a generator", "function* f(x) {}", /expected `function f\(x\)`, got `function\* f\(x\)`/, 1, 1],
  [
    "parameters of other kinds, though a minifier has renamed them",
    "function f(...text) {}",
    /expected `function f\(e\)`, got `function f\(\.\.\.text\)`/,
    1,
    1,
    specOf("f", ["e"], { renamed: true }),
  ],
  ["a renamed parameter", "\n const f = (y) => y", /expected `function f\(x\)`, got `function f\(y\)`/, 2, 8],
  ["a rest for a plain parameter", "function f(...x) {}", /got `function f\(\.\.\.x\)`/, 1, 1],
  [
    "a pattern of another kind",
    "function f([a]) {}",
    /expected `function f\(\{\}\)`, got `function f\(\[\]\)`/,
    1,
    1,
    specOf("f", ["{}"]),
  ],
  [
    "a free name",
    "function f(x) {\n  return fetch(x);\n}",
    /`fetch` is not defined.*`scope` option, which is empty here/,
    2,
    10,
  ],
  [
    "a free name with a scope",
    "function f(x) { return serch(x) }",
    /Did you mean `search`\?.*which gives `search`/,
    1,
    24,
    specOf("f", ["x"], { scope: ["search"] }),
  ],
  ["process", "function f(x) { return process.env }", /`process` is not defined/, 1, 24],
  ["require", "function f(x) { return require('fs') }", /`require` is not defined/, 1, 24],
  ["eval", "function f(x) { return eval(x) }", /`eval` is not defined/, 1, 24],
  [
    "a mistyped helper",
    "function clean(y) { return y }\nfunction f(x) { return claen(x) }",
    /Did you mean `clean`\?/,
    2,
    24,
  ],
  ["assignment to no variable", "function f(x) { total = x }", /`total` is not defined/, 1, 17],
  ["a name of an inner block", "function f(x) { { let y = 1 } return y }", /`y` is not defined/, 1, 38],
  ["a name of another function", "function g() { var z }\nfunction f(x) { return z }", /`z` is not defined/, 2, 24],
  ["a body name in a default", "function f(x = b) { var b }", /`b` is not defined/, 1, 16],
  ["a catch name outside", "function f(x) { try {} catch (e) {} return e }", /`e` is not defined/, 1, 44],
  ["arguments outside", "const a = arguments;\nfunction f(x) {}", /`arguments`/, 1, 11],
  ["this in the entry", "function f(x) { return this.y }", /code parameters have no `this`/, 1, 24],
  ["this in an arrow of the entry", "const f = (x) => () => this", /code parameters have no `this`/, 1, 24],
  ["this at the top", "const t = this;\nfunction f(x) {}", /code parameters have no `this`/, 1, 11],
  ["a text that closes the wrapper", "function f(x) {}\n}); evil(); (function() {", /closes a bracket/, 2, 1],
  [
    "a break-out behind an HTML comment",
    "let a = 0, b = 1; a <!--b + `\n}); globalThis.evil = 1; (function(){\n`;\nfunction f(x) {}",
    /Unterminated template/,
    3,
    2,
  ],
  [
    "a break-out behind the end of an HTML comment",
    "let a = 1;\na\n--> `\n}); globalThis.evil = 1; (function(){\n`;\nfunction f(x) {}",
    /Unexpected `>`/,
    3,
    3,
  ],
  ["bidirectional controls", "function f(x) { return 'a\u202eb' }", /hidden Unicode character U\+202E/, 1, 26],
  ["a zero-width space", "function f(x) { return\u200b x }", /hidden Unicode character U\+200B/, 1, 23],
  ["a joiner in a name", "function f(x) { let a\u200db = 1; return x }", /hidden Unicode character U\+200D/, 1, 22],
  ["a joiner in a comment", "function f(x) { /* \u200d */ return x }", /hidden Unicode character U\+200D/, 1, 20],
  [
    "a clash with the scope",
    "let search = 1;\nfunction f(x) {}",
    /already been declared/,
    1,
    5,
    specOf("f", ["x"], { scope: ["search"] }),
  ],
  ["text of 50,001 characters", `function f(x) {}${" ".repeat(49_985)}`, /at most 50000/, 1, 1],
];

describe("checkSource", () => {
  test.each(accepted)("accepts %s", (_, source, spec = F) => {
    const code = checkSource(source, spec);
    expect(code.length).toBe(source.length);
    expect(code.split("\n").map((line) => line.length)).toEqual(source.split("\n").map((line) => line.length));
  });

  test.each(refused)("refuses %s at its place", (...[, source, message, line, column, spec = F]) => {
    const error = thrownBy(() => checkSource(source, spec));
    expect(error).toBeInstanceOf(SourceError);
    expect(error.message).toMatch(message);
    expect([error.line, error.column]).toEqual([line, column]);
    // The caret is under the column that the message names.
    if (source.length < 1000 && column < 80)
      expect(error.message.split("\n").at(-1)).toBe(`${" ".repeat(column - 1)}^`);
  });

  test("refuses scope names that are no identifiers", () => {
    const spec = specOf("f", ["x"], { scope: ["a-b"] });
    expect(thrownBy(() => checkSource("function f(x) {}", spec)).message).toMatch(/"a-b" is no identifier/);
    const reserved = specOf("f", ["x"], { scope: ["class"] });
    expect(thrownBy(() => checkSource("function f(x) {}", reserved)).message).toMatch(
      /class cannot be parameter names/,
    );
  });
});

const RESERVED = /^(?:do|if|in|of|as|is|for|let|new|try|var|get|set|any|case|else|enum|eval|this|type|void|with|f|x)$/;
const name = fc.stringMatching(/^[a-z]{2,4}$/).filter((word) => !RESERVED.test(word) && !GLOBALS.has(word));

/** Code in which every name in use is bound, made of nested scopes of all kinds. */
function scopes(bound: readonly string[], depth: number): fc.Arbitrary<string> {
  const use = fc.constantFrom(...bound).map((n) => `use(${n});`);
  if (depth === 0) return use;
  const wrap = (make: (n: string, body: string) => string): fc.Arbitrary<string> =>
    name.chain((n) => scopes([...bound, n], depth - 1).map((body) => make(n, body)));
  return fc.oneof(
    use,
    wrap((n, body) => `{ let ${n} = 1; ${body} }`),
    wrap((n, body) => `{ const { k: ${n} = 2 } = {}; ${body} }`),
    wrap((n, body) => `for (const [${n}] of []) { ${body} }`),
    wrap((n, body) => `for (let ${n} = 0; ${n} < 1; ${n}++) { ${body} }`),
    wrap((n, body) => `try {} catch (${n}) { ${body} }`),
    wrap((n, body) => `(function (${n}) { ${body} })();`),
    wrap((n, body) => `(({ ${n} }, ...rest) => { ${body} })({});`),
    wrap((n, body) => `(() => { ${body} if (0) { var ${n} = 1 } })();`),
    wrap((n, body) => `{ ${body} function ${n}() {} }`),
    wrap((n, body) => `{ class ${n} { m() { ${body} } static { ${body} } } }`),
    wrap((n, body) => `({ ${n}: 1, m(${n}) { ${body} } });`),
    wrap((n, body) => `switch (1) { case 1: let ${n}; ${body} }`),
    wrap((n, body) => `${n}: { ${`((${n}) => { ${body} })(1)`}; break ${n} }`),
    fc.tuple(scopes(bound, depth - 1), scopes(bound, depth - 1)).map((parts) => parts.join("\n")),
  );
}

const spec = specOf("f", ["x"], { scope: ["use"] });

test("programs of nested scopes in which every name is bound are accepted", () => {
  const property = fc.property(scopes(["x"], 5), (body) => {
    expect(() => checkSource(`function f(x) {\n${body}\n}`, spec)).not.toThrow();
  });
  fc.assert(property, { numRuns: 300 });
});

test("a free name among nested scopes is refused by its name", () => {
  const free = fc.stringMatching(/^[a-z]{5}_$/);
  const property = fc.property(scopes(["x"], 4), free, scopes(["x"], 2), (before, word, after) => {
    const source = `function f(x) {\n${before}\nuse(${word});\n${after}\n}`;
    const error = thrownBy(() => checkSource(source, spec));
    expect(error.message).toContain(`\`${word}\` is not defined`);
    expect(error.column).toBe(5);
  });
  fc.assert(property, { numRuns: 200 });
});
