/** What the bench of the sandbox runs: the same texts in every engine. */
import type { SandboxProgram } from "../../src/sandbox/sandbox.ts";

/** One program with its arguments. */
export interface BenchProgram {
  readonly name: string;
  readonly source: string;
  readonly params: readonly string[];
  readonly args: readonly unknown[];
  /** How often it is called for one figure. */
  readonly times: number;
  /** Too long for anything but V8's compiler. */
  readonly fast?: boolean;
}

/** The result of a function that says so. */
export interface Doubled {
  readonly value: number;
}

const numbers = Array.from({ length: 100_000 }, (_, index) => (index * 7919) % 100_003);

/** Calls that cost little inside, so that the border is what is measured. */
export const border: readonly BenchProgram[] = [
  { name: "a number in and out", source: "function f(x) { return x + 1 }", params: ["x"], args: [1], times: 2_000 },
  {
    name: "a record in and out",
    source: "function f(r) { return { price: r.price * 2, ok: r.name === 'a', tags: r.tags } }",
    params: ["r"],
    args: [{ price: 12.5, name: "widget", tags: ["a", "b"], stock: 4 }],
    times: 2_000,
  },
  {
    name: "1 MB of text in",
    source: "function f(text) { return text.length }",
    params: ["text"],
    args: ["lorem ipsum ".repeat(87_382)],
    times: 5,
  },
  {
    name: "100,000 numbers in",
    source: "function f(list) { return list.length }",
    params: ["list"],
    args: [numbers],
    times: 5,
  },
];

/** Calls that compute. */
export const compute: readonly BenchProgram[] = [
  {
    name: "integer loop, 10^6",
    source: "function f(n) { let s = 0; for (let i = 0; i < n; i++) s = (s + i * 3) | 0; return s }",
    params: ["n"],
    args: [1_000_000],
    times: 1,
  },
  {
    name: "float loop, 10^6",
    source: "function f(n) { let s = 0; for (let i = 0; i < n; i++) s += Math.sqrt(i) * 0.5; return s }",
    params: ["n"],
    args: [1_000_000],
    times: 1,
  },
  {
    name: "float loop, 10^8",
    source: "function f(n) { let s = 0; for (let i = 0; i < n; i++) s += Math.sqrt(i) * 0.5; return s }",
    params: ["n"],
    args: [100_000_000],
    times: 1,
    fast: true,
  },
  {
    name: "sort of 10^5 numbers",
    source: "function f(list) { return list.sort((a, b) => a - b)[5] }",
    params: ["list"],
    args: [numbers],
    times: 1,
  },
  {
    name: "split and count, 1 MB",
    source:
      "function f(text) { const c = {}; for (const w of text.split(' ')) c[w] = (c[w] ?? 0) + 1; return c.lorem }",
    params: ["text"],
    args: ["lorem ipsum ".repeat(87_382)],
    times: 1,
  },
];

/** A program of the table as the port takes it. */
export function sandboxProgram({ source, params }: BenchProgram): SandboxProgram {
  const spec = { entry: "f", params: [...params], async: false, scope: [] };
  return { source, spec, scope: {}, timeoutMs: 60_000 };
}
