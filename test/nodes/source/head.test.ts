import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { headOf, paramsOf } from "../../../src/nodes/source/head.ts";

/** A value from JavaScript text, so that no compiler rewrites it. */
const evaluate = (text: string): never => new Function(`return (${text});`)() as never;
const names = (fn: Function): string[] => paramsOf(fn).params.map(({ name }) => name);

describe("the kind and parameters of a function are read from its text", () => {
  test.each([
    ["function f(a, b) {}", "function", ["a", "b"]],
    ["function (a) {}", "function", ["a"]],
    ["async function f(a) {}", "function", ["a"]],
    ["async function* f(a) {}", "function", ["a"]],
    ["x => x", "arrow", ["x"]],
    ["async x => x", "arrow", ["x"]],
    ["(x, y) => ({ x, y })", "arrow", ["x", "y"]],
    ["() => {}", "arrow", []],
    ["async => async", "arrow", ["async"]],
    ["({ extract(response) {} }).extract", "method", ["response"]],
    ["({ async solve(question, ...rest) {} }).solve", "method", ["question", "rest"]],
    ["({ *each(list) {} }).each", "method", ["list"]],
    ["({ get(key) {} }).get", "method", ["key"]],
    ["({ async(job) {} }).async", "method", ["job"]],
    ["({ class(pupils) {} }).class", "method", ["pupils"]],
    ["({ 'a b'(x) {} })['a b']", "method", ["x"]],
    ["({ 7(x) {} })[7]", "method", ["x"]],
    ["({ 1.5(x) {} })[1.5]", "method", ["x"]],
    ["({ .5(x) {} })[.5]", "method", ["x"]],
    ["({ 1e-7(x) {} })[1e-7]", "method", ["x"]],
    ["({ classé(x) {} }).classé", "method", ["x"]],
    ["({ class /* of */ (pupils) {} }).class", "method", ["pupils"]],
    ["({ async get(x) {} }).get", "method", ["x"]],
    ["({ async async(x) {} }).async", "method", ["x"]],
    ["({ async *[Symbol.iterator](x) {} })[Symbol.iterator]", "method", ["x"]],
    ["({ *set(x) {} }).set", "method", ["x"]],
    ["(async (x) => x)", "arrow", ["x"]],
    ["async /* a */ ( /* b */ x /* c */ ) /* d */ => x", "arrow", ["x"]],
    ["get => get", "arrow", ["get"]],
    ["classé => 1", "arrow", ["classé"]],
    ["new (class { run = (x) => x })().run", "arrow", ["x"]],
    ["new (class { async *#secret(x) {} open() { return this.#secret; } })().open()", "method", ["x"]],
    ["({ [(() => { return 'made'; })()](x) {} }).made", "method", ["x"]],
    ["(class { static make(x) {} }).make", "method", ["x"]],
    ["new (class { #secret(x) {} open() { return this.#secret; } })().open()", "method", ["x"]],
    ["(class { static late(x = super.toString()) {} }).late", "method", ["x"]],
  ])("%s", (text, kind, expected) => {
    expect([paramsOf(evaluate(text)).kind, names(evaluate(text))]).toEqual([kind, expected]);
  });

  test.each([
    ["a closing bracket in a string", '(a = ")", b = "}") => a', ["a", "b"]],
    ["a regular expression with brackets", "(a = /[)}/]\\)/, b) => a", ["a", "b"]],
    [
      "nested arrows and functions",
      "(a = (x, y) => ({ x }), b = function (z) { return '){'; }, c) => a",
      ["a", "b", "c"],
    ],
    ["a template with code in it", "(a = `) ${((x) => `}${x}`)(1)}`, b) => a", ["a", "b"]],
    ["an object with a method", "function f(a = { run(x) { return ')'; } }, b) {}", ["a", "b"]],
    ["comments with brackets", "function f(a /* ) { */, // ) =>\n b) {}", ["a", "b"]],
    ["a division", "(a = 4 / 2 / 1, b = 1) => a", ["a", "b"]],
    ["a division behind brackets and steps", "(a = (4) / [2] / c++ / 1, b = '/') => a", ["a", "b"]],
    ["a regular expression behind a word", "(a = typeof /[)]/, b = () => { return /}/ }) => a", ["a", "b"]],
    ["a division behind a number with a point", "(a = 1./2, b = 1/3) => a", ["a", "b"]],
    ["a division behind a field that is named like a word", "(a = { in: 4 }.in / 2, b = 3 / 1) => a", ["a", "b"]],
    [
      "a division behind a private field",
      "(a = class { #in = 4; half() { return this.#in / 2; } }, b = '/') => a",
      ["a", "b"],
    ],
    ["a division behind an object", "(a = {} / 2, b = `${{}}` / 2, c = '/') => a", ["a", "b", "c"]],
    [
      "a regular expression behind a condition",
      "(a = (x) => { if (x) /[)]/.test(x); else /'/.test(x); }, b) => a",
      ["a", "b"],
    ],
    [
      "a regular expression behind the head of a loop",
      "(a = (x) => { while (x()) /[)]/.test(x); }, b) => a",
      ["a", "b"],
    ],
    ["a regular expression behind a block", "(a = (x) => { if (x) {} /[)}]/.test(x); }, b) => a", ["a", "b"]],
    ["a regular expression behind a function", "(a = () => { function f() {} /[)}]/.test('x'); }, b) => a", ["a", "b"]],
    ["a regular expression behind an arrow", "(a = (x) => /[)]/.test(x), b) => a", ["a", "b"]],
    ["a regular expression in a step of a generator", "(a = function* () { yield /[)]/; }, b) => a", ["a", "b"]],
    ["a template in a template", "(a = `${`)${'}'}`}$\\``, b) => a", ["a", "b"]],
    ["escapes in names", "(\\u0061b, c\\u{64}) => 1", ["ab", "cd"]],
    ["defaults inside of patterns", "({ a = ',)', b: [c = /,/] }, d) => d", ["arg0", "d"]],
  ])("past %s", (_, text, expected) => {
    expect(names(evaluate(text))).toEqual(expected);
  });

  test("async and generator functions are told apart", () => {
    const flags = (text: string) => [paramsOf(evaluate(text)).async, paramsOf(evaluate(text)).generator];
    expect(flags("async () => {}")).toEqual([true, false]);
    expect(flags("function* () {}")).toEqual([false, true]);
    expect(flags("({ async *f() {} }).f")).toEqual([true, true]);
    expect(flags("() => async () => {}")).toEqual([false, false]);
  });

  test("a destructured parameter is named by its place, past parameters of that name", () => {
    expect(paramsOf(evaluate("({ a }, [b], ...[c]) => a")).params).toMatchObject([
      { name: "arg0", pattern: "{}", rest: false },
      { name: "arg1", pattern: "[]", rest: false },
      { name: "arg2", pattern: "[]", rest: true },
    ]);
    expect(names(evaluate("({ a }, arg0) => a"))).toEqual(["arg0_", "arg0"]);
  });

  test("a class or accessor passed by mistake is told", () => {
    expect(paramsOf(evaluate("class Solver { constructor(a) {} }")).kind).toBe("class");
    expect(paramsOf(evaluate("class extends Array {}")).kind).toBe("class");
    const accessor = (text: string, side: "get" | "set") =>
      Object.getOwnPropertyDescriptor(evaluate(text), "x")?.[side];
    expect(paramsOf(accessor("{ get x() { return 1; } }", "get") as Function).kind).toBe("getter");
    expect(paramsOf(accessor("{ set x(v) {} }", "set") as Function).kind).toBe("setter");
  });

  test("a native, bound or proxied function has numbered parameters, and keeps being async", () => {
    expect(paramsOf(Math.max)).toMatchObject({ kind: "native", name: "max", async: false });
    expect(names(Math.max)).toEqual(["arg0", "arg1"]);
    const bound = ((first: number, second: number) => first + second).bind(undefined, 1);
    expect([paramsOf(bound).kind, names(bound)]).toEqual(["native", ["arg0"]]);
    expect(paramsOf((async () => 1).bind(undefined)).async).toBe(true);
    expect(paramsOf(new Proxy((a: number) => a, {})).kind).toBe("native");
  });

  test("a function's own toString and a false length change nothing", () => {
    const fn = Object.assign((question: string) => question, { toString: () => "oops" });
    expect(names(fn)).toEqual(["question"]);
    expect(
      names(Object.defineProperty(Math.max.bind(undefined), "length", { value: Number.POSITIVE_INFINITY })),
    ).toEqual([]);
  });
});

describe("a default is given where it is a literal", () => {
  test.each([
    ["1", 1],
    ["-1.5", -1.5],
    ["+2", 2],
    ["'a'", "a"],
    ["`a\\n`", "a\n"],
    ["true", true],
    ["null", null],
    ["undefined", undefined],
    ["[1, ['a', null]]", [1, ["a", null]]],
    ["{ a: 1, 'b c': [{}] }", { a: 1, "b c": [{}] }],
    ["{ 1e3: 0x1f, 'c': 1_000.5e-1, }", { 1000: 31, c: 100.05 }],
    ["([-(1), /* two */ 2,])", [-1, 2]],
    ["'\\x41\\u0042\\u{43}\\'\\\n\\0'", "ABC'\0"],
    ["'line\u2028end'", "line\u2028end"],
    ["'\\101\\09\\U'", "A\u00009U"],
  ])("%s", (text, value) => {
    expect(paramsOf(evaluate(`(a = ${text}) => a`)).params[0]).toMatchObject({
      hasDefault: true,
      optional: true,
      default: { value },
    });
  });

  test.each([
    "now()",
    "1 + 1",
    "`${1}`",
    "[...x]",
    "[,]",
    "{ [k]: 1 }",
    "{ __proto__: 1 }",
    "{ a() {} }",
    "/a/",
    "1n",
    "010",
    "1 /* a */ .a",
    "'a' + b",
    "[1].length",
    "() => 1",
    "{ a }",
    "-'1'",
    "x",
  ])("and not for %s", (text) => {
    const [param] = paramsOf(evaluate(`(a = ${text}) => a`)).params;
    expect(param).toMatchObject({ hasDefault: true });
    expect(param).not.toHaveProperty("default");
  });
});

describe("of a long text", () => {
  const [long, less] = [200_000, 2_000];

  test.each([
    ["a string", `(a = "${"\\n".repeat(long)}", b) => a`],
    ["a template", `(a = \`${"{$}".repeat(long)}\`, b) => a`],
    ["space", `(a = 1,${" \n".repeat(long)} b) => a`],
    ["comments", `(a = 1,${"/**/".repeat(long)} b) => a`],
    ["an array", `(a = [${"-1,".repeat(long)} x], b) => a`],
    ["a division", `(a = 1${" / 1".repeat(long)}, b) => a`],
    ["a regular expression", `(a = /${"[/]\\/(".repeat(long)}/, b) => a`],
    ["a name", `(a, ${"b".repeat(long)}) => a`],
  ])("%s is read to its end", (_, text) => {
    expect(headOf(text)?.params.map(({ name }) => name.slice(0, 1))).toEqual(["a", "b"]);
  });

  // What takes exponential time would never end.
  test.each([
    "(",
    "(a = ",
    "(a = '",
    '(a = "\\',
    "(a = `",
    "(a = `${",
    "(a = `$",
    "(a = /",
    "(a = /[",
    "(a /*",
    "[",
    "({",
  ])("nothing is read that does not end: %s", (start) => {
    for (const more of ["", "\\", "/[", "{", "'", "`${", "a,", "\\'", "/*", "(", "1."])
      for (const end of ["", "\n"]) expect(headOf(start + more.repeat(less) + end)).toBeUndefined();
  });
});

test("any parameter list is read as it was written", () => {
  const space = fc.constantFrom("", " ", "\n", "/* ) => { */", "// )}\n");
  const name = fc.stringMatching(/^[a-z$_][A-Za-z0-9$_]{0,6}$/).map((text) => `p${text}`);
  const value = fc.constantFrom(
    "1",
    '")"',
    "`(${'}'}`",
    "/[/)]/g",
    "(x = 1) => ({ x })",
    "{ a: [1, { b: ')' }] }",
    "f(function () {})",
  );
  const param = fc.record({ name, pattern: fc.constantFrom("", "{}", "[]"), value: fc.option(value), space });
  const list = fc.uniqueArray(param, { selector: (entry) => entry.name, maxLength: 6 });
  const form = fc.constantFrom("function", "arrow", "method", "async arrow", "async method");
  fc.assert(
    fc.property(list, fc.boolean(), form, (params, rest, kind) => {
      const shown = params.map((entry, index) => {
        const target =
          entry.pattern === "" ? entry.name : entry.pattern === "{}" ? `{ k: ${entry.name} = ")" }` : `[${entry.name}]`;
        const isRest = rest && index === params.length - 1;
        const body = isRest ? `...${target}` : entry.value === null ? target : `${target} = ${entry.value}`;
        return `${entry.space}${body}${entry.space}`;
      });
      const fn = evaluate(inForm(kind, shown.join(",")));
      const expected = params.map((entry, index) => ({
        name: entry.pattern === "" ? entry.name : `arg${index}`,
        rest: rest && index === params.length - 1,
        pattern: entry.pattern === "" ? undefined : entry.pattern,
        hasDefault: entry.value !== null && !(rest && index === params.length - 1),
      }));
      expect(paramsOf(fn).params).toMatchObject(expected);
      expect(paramsOf(fn).params).toHaveLength(params.length);
      expect(paramsOf(fn).async).toBe(kind.startsWith("async"));
    }),
    { numRuns: 300 },
  );
});

function inForm(kind: string, params: string): string {
  if (kind === "function") return `function f(${params}) { return ")"; }`;
  if (kind === "arrow") return `(${params}) => ({})`;
  if (kind === "async arrow") return `async (${params}) => ({})`;
  return `({ ${kind === "method" ? "" : "async "}run(${params}) { return ")"; } }).run`;
}
