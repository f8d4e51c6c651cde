/** What counts as the same text of a function, whichever toolchain has written it. */

import { transformSync } from "esbuild";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { shapeOf } from "../../../src/training/identity/shape.ts";

const source = `
  /** Judges. */
  export function judge(output: string, target?: number): { score: number } {
    'use strict'
    const inner = (x: number) => x + 1 // one more
    let last: string | undefined = undefined;
    class Box { size = 1; get(k: string) { return this[k as 'size'] } }
    for (const part of output.split("'")) { last = \`\${part}: \${inner(2)}\`; }
    return { score: last?.length ?? Number(target), } as const;
  }`;

const made = (js: string): Function => {
  const text = js.replace(/export\s*\{[^}]*\};?|export /g, "");
  return new Function(`${text}\nreturn judge;`)() as Function;
};

describe("the shape of a function", () => {
  test("is the same for the text of every toolchain", () => {
    const stripped = ts.transpileModule(source, { compilerOptions: { target: ts.ScriptTarget.ESNext } }).outputText;
    const bare = ts.transpileModule(source, {
      compilerOptions: { target: ts.ScriptTarget.ESNext, removeComments: true },
    }).outputText;
    const built = transformSync(source, { loader: "ts", target: "esnext" }).code;
    const small = transformSync(source, {
      loader: "ts",
      target: "esnext",
      minifyWhitespace: true,
      keepNames: true,
    }).code;
    const shapes = [stripped, bare, built, small].map((js) => shapeOf(made(js))?.hash);
    expect(shapes[0]).toMatch(/^[\da-f]{16}$/);
    expect(new Set(shapes).size).toBe(1);
  });

  test("is another one for any other constant, operator, name of a field or order", () => {
    const all = [
      (x: { a: number; b: number }) => x.a * 0.6 + x.b * 0.4,
      (x: { a: number; b: number }) => x.a * 0.1 + x.b * 0.4,
      (x: { a: number; b: number }) => x.a * 0.6 - x.b * 0.4,
      (x: { a: number; b: number }) => x.b * 0.6 + x.a * 0.4,
      (x: { a: number; b: number }) => x.b * 0.4 + x.a * 0.6,
    ];
    expect(new Set(all.map((fn) => shapeOf(fn)?.hash)).size).toBe(all.length);
  });

  test("tells imported names from the objects that compilers put them in", () => {
    const plain = new Function("return (q) => t(join(q))")() as Function;
    const bundled = new Function("return (q) => (0, __vite_ssr_import_3__.t)((0, import_path.join)(q))")() as Function;
    expect(shapeOf(bundled)?.hash).toBe(shapeOf(plain)?.hash);
  });

  test("is there for methods, getters and classes, and not for native code", () => {
    class Box {
      async *all(): AsyncGenerator<number> {
        yield 1;
      }
      get size(): number {
        return 1;
      }
    }
    const getter = Object.getOwnPropertyDescriptor(Box.prototype, "size")?.get as Function;
    for (const fn of [Box, Box.prototype.all, getter]) expect(shapeOf(fn)?.hash).toMatch(/^[\da-f]{16}$/);
    expect(shapeOf(Math.max)).toBeUndefined();
    expect(shapeOf(function bound() {}.bind(undefined))).toBeUndefined();
  });
});
