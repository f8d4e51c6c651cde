import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Options, parse } from "acorn";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { checkSource } from "../../src/sandbox/check.ts";
import { eraseTypes } from "../../src/sandbox/erase.ts";
import { parseTypeScript } from "../../src/sandbox/parse.ts";
import { SourceError } from "../../src/util/errors.ts";
import { specOf, thrownBy } from "./programs.ts";

const options: Options = {
  ecmaVersion: "latest",
  sourceType: "module",
  allowReturnOutsideFunction: true,
  allowAwaitOutsideFunction: true,
};

/** What a program does, as far as its tree says: without places, parentheses, empty statements and `use strict`. */
function meaningOf(code: string): unknown {
  return JSON.parse(
    JSON.stringify(parse(code, options), (key, value: unknown) => {
      if (["start", "end", "raw"].includes(key)) return undefined;
      if (typeof value === "bigint" || value instanceof RegExp) return String(value);
      // TypeScript takes the parentheses off `(a?.b as T)?.c`.
      const chain = value as { readonly type?: string; readonly expression?: unknown } | null;
      if (chain?.type === "ChainExpression") return chain.expression;
      if (!Array.isArray(value)) return value;
      return value.filter((item: { type?: string; directive?: string } | null) => {
        return item?.type !== "EmptyStatement" && item?.directive !== "use strict";
      });
    }),
  );
}

/** What TypeScript itself makes of a text. */
function transpiled(source: string): string {
  const { ESNext } = ts.ModuleKind;
  const compilerOptions = { target: ts.ScriptTarget.ESNext, module: ESNext, verbatimModuleSyntax: true };
  return ts.transpileModule(source, { compilerOptions }).outputText;
}

function erased(source: string): string {
  return eraseTypes(source, parseTypeScript(source));
}

const texts: [what: string, source: string][] = [
  ["an interface between lines without semicolons", "const a = b\ninterface C {}\n(d)()"],
  ["a type between lines without semicolons", "const a = b\ntype C = 1\n[d].map(e)"],
  ["an annotation at the end of a line", "let a: string\n(b)()"],
  ["an assertion at the end of a line", "a as any\n(b)()"],
  ["an assertion before a template", "const a = b as T\n`c`"],
  ["a satisfied type at the end of a line", "let a = b satisfies C\n[d]()"],
  ["a return with an assertion", "function f() { return a as T\n(b)() }"],
  ["a field before a generator", "class A { a: number\n*b() {} }"],
  ["a field before a computed member", "class A { a = 1\nreadonly [b] = 2 }"],
  ["a field that ends in an assertion", "class A { a = b as T\n['c']() {} }"],
  ["a field called get", "class A { get: number\nfoo() {} }"],
  ["fields called like modifiers", "class A { readonly\nb: 1; static static: 2; declare; public; private() {} }"],
  ["an optional method and a sure field", "class A { m?() {} f!: T; g?: T; 'h i'?: T; [j]!: T }"],
  [
    "overloads and index signatures",
    "class A { [k: string]: any; m(): void; m(a: 1): void\nm(a?) {} static [k: string]: 1 }",
  ],
  [
    "an abstract class",
    "abstract class A<T> extends (B)<T> implements C, D<E> { abstract a(): void; abstract b: 1; c = 1 }",
  ],
  [
    "a class expression",
    "const a = class<T> implements B { private constructor() { super() } }".replace("super()", ""),
  ],
  [
    "what only declares",
    "declare const a: 1; declare function b(): void\ndeclare class C {} declare module 'd' {} declare global {} e()",
  ],
  ["overloads of a function", "function f(): void\nfunction f(a: 1): void;\nfunction f(a?: 1) {}"],
  ["this as a parameter", "function f(this: A, b) {} const o = { m(this: B,) {} }"],
  ["a return type on two lines", "const f = (a): Promise<\n  T\n> => a"],
  ["a return type on the next line", "const f = (a)\n  : T => a"],
  ["type parameters on two lines", "const f = async <\n  T\n>(a: T) => a"],
  ["const type parameters", "function f<const T>(g: <const U>(a: U) => T, h: new <const V>() => V): void {}"],
  ["calls with types", "f<A>(b); new C<D>(); g<E>`h`; i?.<F>(j); k?.l<M>(n); const o = p<Q>;"],
  ["calls with types that compare in JavaScript", "f(a<b, c>(d)); e<f>(g); h<i<j>>(k); l < m > (n)"],
  ["chains of non-null", "a!.b!![c]!(d)!; e?.f!.g; (h?.i)!.j; (k?.l as T).m"],
  ["assertions of all kinds", "const a = <T>b, c = <const>['d'], e = f as unknown as G, h = (i satisfies J).k"],
  ["types of destructured names", "const { a, b = 1 }: { a: 1; b?: 2 } = c; function f([d]: T[] = [], ...e: U[]) {}"],
  ["predicates", "function f(a): a is B {} function g(a): asserts a {} const h = (a: unknown): asserts a is C => {}"],
  [
    "conditional expressions with arrows",
    "a ? (b): c => d : e; a ? (b) => (c) : d; a ? (b) : (c) => d; a ? (b, c) : d",
  ],
  ["catch and loops", "try {} catch (a: unknown) {} for (let b: T = c as T; b; b!) {} for (const d of e as F[]) {}"],
  ["escapes in names", "let \\u0061?: 1".replace("?", "") + "; function f(\\u{62}?: number) {}"],
  ["comments in odd places", "function f(a /* ? */ ? /* : */ : T): /* ) */ T { return a /* as */ as /* T */ T }"],
  ["wide characters", "const a: '日本' = '日本' as '😀'; let b: T"],
  [
    "types of modules",
    "import type A from 'a'; import { type B, c, type D } from 'e'; export type { F } from 'g'; export type H = 1",
  ],
  [
    "words that are also names",
    "const type = 1, as = 2, of = 3; type\nas\nlet declare = type as any; abstract\nclass A {}",
  ],
  ["a label and a directive", "'use strict'; a: for (;;) { break a }"],
  ["carriage returns", "type A = {\r\n  b: 1\r\n}\r\nlet c: A\r\n(d)()"],
];

describe("eraseTypes", () => {
  test.each(texts)("means what TypeScript makes of it: %s", (_, source) => {
    const code = erased(source);
    expect(code.split(/\r\n|[\n\r]/).map(({ length }) => length)).toEqual(
      source.split(/\r\n|[\n\r]/).map(({ length }) => length),
    );
    expect(meaningOf(code)).toEqual(meaningOf(transpiled(source)));
  });

  test("ends a chain where its parentheses end it", () => {
    expect(erased("(a?.b)!.c; d?.e!.f")).toBe("(a?.b) .c; d?.e .f");
  });

  test("means what TypeScript makes of each file of the sources", () => {
    const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
    expect(files.length).toBeGreaterThan(200);
    const wrong = files.filter((file) => {
      const source = readFileSync(join("src", file), "utf8");
      // In a module of nothing but types, TypeScript leaves this.
      const expected = transpiled(source).replace(/^export \{\};$/m, "");
      return JSON.stringify(meaningOf(erased(source))) !== JSON.stringify(meaningOf(expected));
    });
    expect(wrong).toEqual([]);
  });
});

describe("checkSource", () => {
  const F = specOf("f", ["x"]);

  test.each([
    ["a body that would become a block", "const f = (x) => <T>{ a: x }"],
    ["a value that would be left out", "function f(x) { return <\nT\n>x }"],
    ["an object that would become a block", "function f(x) {\n<T>{ a: x }\n}"],
  ])("refuses types that cannot be erased: %s", (_, source) => {
    const error = thrownBy(() => checkSource(source, F));
    expect(error).toBeInstanceOf(SourceError);
    expect(error.message).toMatch(/without its types this would mean something else; write `as`|Unexpected/);
  });

  test("reads as a call what TypeScript reads as a call", () => {
    expect(checkSource("function f(x) { return x<Date>(x) }", F)).toBe("function f(x) { return x      (x) }");
    expect(checkSource("function f(x) { return x < 1 && x > (0) }", F)).toBe(
      "function f(x) { return x < 1 && x > (0) }",
    );
  });
});
