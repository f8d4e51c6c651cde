import { utimesSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { recoverSource } from "../../../src/nodes/source/recover.ts";
import { folder, recoverFunction, recoverMethod, running, siteAt, siteIn } from "./sites.ts";

describe("a wrapped function's text", () => {
  const arrow = running("(x) => x * 2");

  test.each([
    ["an arrow in a call", "const twice = §bundle((x: number) => x * 2);", "const twice = (x: number) => x * 2;"],
    ["with options", "export const twice = §bundle((x) => x * 2, { trainable: true });", "const twice = (x) => x * 2;"],
    ["behind options", "const twice = §bundle({ a: 1 })((x) => x * 2);", "const twice = (x) => x * 2;"],
    ["of a namespace", "const twice = tg.§bundle((x) => x * 2);", "const twice = (x) => x * 2;"],
    ["in a property", "const tools = { twice: §bundle((x) => x * 2) };", "const twice = (x) => x * 2;"],
    ["in a field", "class A { twice = §bundle((x) => x * 2); }", "const twice = (x) => x * 2;"],
    ["assigned to a member", "tools.twice = §bundle((x) => x * 2);", "const twice = (x) => x * 2;"],
    ["with type arguments", "const twice = §bundle<F>((x) => x * 2);", "const twice = (x) => x * 2;"],
    [
      "under a type assertion",
      "const twice = §bundle(((x) => x * 2) as F) satisfies G;",
      "const twice = (x) => x * 2;",
    ],
    ["unassigned", "§bundle((x) => x * 2);", "const fn = (x) => x * 2;"],
    ["as an argument of another call", "const a = list(§bundle((x) => x * 2));", "const fn = (x) => x * 2;"],
    ["of a map without columns", "§  const twice = bundle((x) => x * 2);", "const twice = (x) => x * 2;"],
    ["by the name of a variable", "const half = (x) => x * 2;\nconst a = §bundle(half);", "const half = (x) => x * 2;"],
    [
      "by the name, from within a block",
      "const half = (x) => x * 2;\nif (a) { §bundle(half); }",
      "const half = (x) => x * 2;",
    ],
    ["anonymous", "const twice = §bundle(async function (x) {});", "const twice = async function (x) {};"],
  ])("is found: %s", (form, marked, text) => {
    const fn = form === "anonymous" ? running("async function (x) {}") : arrow;
    expect(recoverFunction(marked, fn)).toMatchObject({ origin: "source", text });
  });

  test.each([
    ["a member of an object", "§bundle(tools.twice);"],
    ["a parameter", "const twice = (x) => x * 2; const wrap = (twice) => §bundle(twice);"],
    ["a name that another file declares", 'import { twice } from "./other.ts";\n§bundle(twice);'],
    ["a name that a nearer declaration hides", "const twice = (x) => x; { const twice = make(); §bundle(twice); }"],
    ["two calls on the line of a map without columns", "§  const a = bundle((x) => x), b = bundle((x) => -x);"],
    ["a place past the end of its file", "\n\n§"],
    ["a file that does not parse", "const twice = §bundle((x) => x * 2;"],
    ["another parameter name", "§bundle((y) => y * 2);"],
    ["another number of parameters", "§bundle((x, y) => x * 2);"],
    ["a default that the function does not have", "§bundle((x = 1) => x * 2);"],
    ["an async function", "§bundle(async (x) => x * 2);"],
  ])("falls back to the compiled one for %s", (_, marked) => {
    expect(recoverFunction(marked, arrow)).toMatchObject({
      origin: "toString",
      text: "const fn = (x) => x * 2;",
      doc: undefined,
    });
  });

  test("is that of the declaration, with comments, and without the indentation around it", () => {
    const marked = [
      "export namespace none {}",
      "function make() {",
      "  async function answer<T>(",
      "    question: T, // what is asked",
      "  ): Promise<string> {",
      "    // Two lines:",
      "    return `a",
      "    b`;",
      "  }",
      "  return §bundle(answer);",
      "}",
    ].join("\n");
    const found = recoverFunction(marked, running("async function answer(question) {}"));
    expect(found.text).toBe(
      [
        "async function answer<T>(",
        "  question: T, // what is asked",
        "): Promise<string> {",
        "  // Two lines:",
        "  return `a",
        "    b`;",
        "}",
      ].join("\n"),
    );
    expect(found.signature).toBe("async answer<T>(question: T): Promise<string>");
    expect(found.async).toBe(true);
  });

  test("does not depend on the file's line endings", () => {
    const marked = "const twice = §bundle((x) => {\r\n  return x;\r\n});\r\n";
    expect(recoverFunction(marked, running("(x) => { return x; }")).text).toBe(
      "const twice = (x) => {\n  return x;\n};",
    );
  });

  test("is found where esbuild has put a number behind a name that shadows another", () => {
    expect(recoverFunction("const twice = §bundle((x: number) => x * 2);", running("(x2) => x2 * 2"))).toMatchObject({
      origin: "source",
      params: [{ name: "x" }],
    });
  });

  test("may hold JSX in a .tsx file and is plain in a .js file", () => {
    const site = siteIn("const view = §bundle((x) => <b>{x}</b>);", join(folder, "view.tsx"));
    expect(recoverSource({ fn: running("(x) => x"), kind: "function", site })).toMatchObject({
      text: "const view = (x) => <b>{x}</b>;",
    });
    const plain = siteIn("const view = §bundle((x) => x);", join(folder, "view.js"));
    expect(recoverSource({ fn: running("(x) => x"), kind: "function", site: plain })).toMatchObject({
      origin: "source",
    });
  });

  test("is read anew when the file has changed", () => {
    const file = join(folder, "changing.ts");
    const site = siteIn("const one = §bundle((x) => x * 2);", file);
    expect(recoverSource({ fn: arrow, kind: "function", site }).name).toBe("one");
    siteIn("const two = §bundle((x) => x * 2);", file);
    utimesSync(file, 1, 1);
    expect(recoverSource({ fn: arrow, kind: "function", site }).name).toBe("two");
  });
});

describe("the name", () => {
  const arrow = running("(x) => x");

  test("that is asked for goes before the variable's, and is made an identifier", () => {
    expect(recoverFunction("const a = §bundle((x) => x);", arrow, "b").text).toBe("const b = (x) => x;");
    expect(recoverFunction("const a = §bundle((x) => x);", arrow, "take-out").name).toBe("take_out");
    expect(recoverFunction("const a = §bundle((x) => x);", arrow, "delete").name).toBe("delete_");
  });

  test("that is asked for goes before that of a declaration, which bundlers change", () => {
    const own = running("function own(x) {}");
    expect(recoverFunction("§bundle(function own(x) {});", own, "other")).toMatchObject({
      name: "other",
      text: "const other = function own(x) {};",
    });
    expect(recoverFunction("§bundle(function own(x) {});", own, "own").text).toBe("function own(x) {}");
    expect(recoverFunction("§bundle(function own(x) {});", own).text).toBe("function own(x) {}");
  });

  test.each([
    ["asked for", "const a = §bundle((x) => x);", "go", false],
    ["of a variable", "const double = §bundle((x) => x);", undefined, false],
    ["as short as a minifier's", "const a = §bundle((x) => x);", undefined, true],
    ["that nothing gives", "§bundle((x) => x);", undefined, true],
  ])("%s is a fallback, or none", (_, marked, name, unnamed) => {
    expect(recoverFunction(marked, arrow, name).unnamed).toBe(unnamed);
  });
});

describe("the JSDoc", () => {
  const arrow = running("(x) => x");
  test.each([
    ["before the statement", "/** It. */\nexport const a = §bundle((x) => x);"],
    ["before the function", "const a = §bundle(/** It. */ (x) => x);"],
    ["before the call", "const a = /** It. */ §bundle((x) => x);"],
    ["before a property", "const a = {\n  /** It. */\n  b: §bundle((x) => x),\n};"],
    ["before the declaration that is named", "/** It. */\nexport const a = (x) => x;\n§bundle(a);"],
    ["before the call when the declaration has none", "const a = (x) => x;\n/** It. */\nconst b = §bundle(a);"],
    ["past other comments", "/** It. */\n// biome-ignore lint: so\n/* so */\nconst a = §bundle((x) => x);"],
  ])("is found %s", (_, marked) => {
    expect(recoverFunction(marked, arrow).doc).toBe("It.");
  });

  test.each([
    ["a statement stands between", "/** Not it. */\nconst z = 1;\nconst a = §bundle((x) => x);"],
    ["it is a plain comment", "/* Not it. */\n// Nor this.\nconst a = §bundle((x) => x);"],
    ["it belongs to another call's result", "/** Not it. */\nregister(1, §bundle((x) => x));"],
    ["it belongs to the first of two variables", "/** Not it. */\nconst z = 1, a = §bundle((x) => x);"],
    ["it is empty", "/** */\nconst a = §bundle((x) => x);"],
  ])("is none when %s", (_, marked) => {
    expect(recoverFunction(marked, arrow)).toMatchObject({ origin: "source", doc: undefined });
  });

  test("of an overloaded function stands before its first signature", () => {
    const marked =
      "/** It. */\nfunction f(x: string): void;\nfunction f(x: number): void;\nfunction f(x: unknown) {}\n§bundle(f);";
    expect(recoverFunction(marked, running("function f(x) {}"))).toMatchObject({
      doc: "It.",
      text: "function f(x: unknown) {}",
    });
  });

  test("loses its marks and keeps its own indentation", () => {
    const marked = "  /**\n   * First.\n   *\n   *   - item\n   * @param x any\n   */\n  const a = §bundle((x) => x);";
    expect(recoverFunction(marked, arrow).doc).toBe("First.\n\n  - item\n@param x any");
  });
});

describe("the signature", () => {
  test("is one line without comments, and keeps strings as they are", () => {
    const marked = 'const f = §bundle((\n  a: {\n    b: string; // why\n  },\n  c = "x  y",\n): [string] => []);';
    expect(recoverFunction(marked, running('(a, c = "x  y") => []')).signature).toBe(
      'f(a: { b: string; }, c = "x  y"): [string]',
    );
  });

  test("has one line a parameter when it is long", () => {
    const type = `Record<string, "${"x".repeat(60)}">`;
    const marked = `const f = §bundle((a: ${type}, b?: ${type}): void => {});`;
    expect(recoverFunction(marked, running("(a, b) => {}")).signature).toBe(
      `f(\n  a: ${type},\n  b?: ${type},\n): void`,
    );
  });
});

test("a function without a readable text gives its arity and no text", () => {
  const site = siteAt("/nowhere.ts", 1, 1);
  const bound = async function ask(this: unknown, a: number, b: number) {
    return a + b;
  }.bind(undefined);
  expect(recoverSource({ fn: bound, kind: "function", site })).toMatchObject({
    text: "",
    name: "ask",
    params: [{ name: "arg0" }, { name: "arg1" }],
    signature: "async ask(arg0, arg1)",
    origin: "toString",
  });
});

test("any parameter list is recovered exactly, and the text is that of the file", () => {
  const gap = fc.constantFrom("", " ", "\n  ", " /* ) => { */ ", " // )}\n  ");
  const type = fc.constantFrom(
    "",
    ": string",
    ": { a: number; b?: () => void }",
    ': "a" | `b${string}`',
    ": Map<string, Set<number>>",
  );
  const form = fc.constantFrom("plain", "?", "= 1", '= ")"', "{}", "[]", "= (y) => y");
  const name = fc.stringMatching(/^p[A-Za-z0-9_$]{0,5}$/);
  const list = fc.uniqueArray(fc.record({ name, type, form, gap }), { selector: (param) => param.name, maxLength: 5 });
  fc.assert(
    fc.property(list, fc.boolean(), fc.boolean(), (params, rest, isMethod) => {
      const shown = params.map((param, index) => write(param, rest && index === params.length - 1));
      const typescript = shown.map(({ typescript }) => typescript).join(",");
      const javascript = shown.map(({ javascript }) => javascript).join(",");
      const fn = running(isMethod ? `({ run(${javascript}) {} }).run` : `function run(${javascript}) {}`);
      const marked = isMethod
        ? `class A { @§bundle() run(${typescript}): void {} }`
        : `§bundle(function run(${typescript}): void {});`;
      const found = isMethod ? recoverMethod(marked, fn, "run") : recoverFunction(marked, fn);
      expect(found).toMatchObject({ origin: "source", params: shown.map(({ info }) => info) });
      expect(found.text).toBe(`function run(${typescript}): void {}`);
    }),
    { numRuns: 150 },
  );
});

interface Written {
  name: string;
  type: string;
  form: string;
  gap: string;
}

function write(
  { name, type, form, gap }: Written,
  isRest: boolean,
): { typescript: string; javascript: string; info: object } {
  const pattern = form === "{}" || form === "[]" ? form : undefined;
  const target = pattern === "{}" ? `{ ${name} }` : pattern === "[]" ? `[${name}]` : name;
  const value = form.startsWith("=") && !isRest ? ` ${form}` : "";
  const isOptional = form === "?" && !isRest;
  return {
    typescript: `${gap}${isRest ? "..." : ""}${target}${isOptional ? "?" : ""}${type}${value}${gap}`,
    javascript: `${isRest ? "..." : ""}${target}${value}`,
    info: {
      ...(pattern === undefined ? { name } : {}),
      rest: isRest,
      // An optional parameter before a required one does not type-check, but it parses.
      optional: isOptional || value !== "",
      pattern,
      hasDefault: value !== "",
    },
  };
}
