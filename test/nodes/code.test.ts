import {
  bundle,
  commit,
  model,
  type Node,
  type Parameter,
  ParameterState,
  parametersOf,
  SourceError,
  trace,
  untraced,
  withParameters,
} from "tracegrad";
import { quickjs } from "tracegrad/extend";
import { describe, expect, test } from "vitest";
import { define } from "../fixtures/decorators/unerasable.ts";

const codeOf = (fn: unknown) => parametersOf(fn)[0] as Parameter<string>;
const rewrite = (fn: unknown, value: string) => commit([{ parameter: codeOf(fn) as Parameter, value }]);

describe("the source of a trainable function", () => {
  test("is its TypeScript text, with its JSDoc as doc and its signature", () => {
    /**
     * Adds a tax.
     * Rounds to cents.
     */
    const taxed = bundle(
      function taxed(price: number, rate: number = 0.1): number {
        // Cents matter.
        return Math.round(price * (1 + rate) * 100) / 100;
      },
      { trainable: true, constraint: "Keep it short." },
    );
    const code = codeOf(taxed);
    expect(code.data).toContain("function taxed(price: number, rate: number = 0.1): number {\n");
    expect(code.data).toContain("// Cents matter.");
    expect(code.doc).toBe("Adds a tax.\nRounds to cents.");
    expect(code.code?.signature).toBe("taxed(price: number, rate: number = 0.1): number");
    expect([code.name, code.kind, code.constraint, code.trainable]).toEqual(["taxed", "code", "Keep it short.", true]);
  });

  test("is a hidden input of every call, behind the arguments", () => {
    const next = bundle((x: number) => x + 1, { trainable: true, name: "next" });
    const made = next(1);
    expect(Object.entries(made.inputs).map(([name, parent]) => [name, parent === codeOf(next)])).toEqual([
      ["x", false],
      ["code", true],
    ]);
  });

  test("stands beside an argument that is called code", () => {
    const run = bundle((code: string) => code.length, { trainable: true, name: "run" });
    const made = run("abc");
    expect([made.data, Object.keys(made.inputs), made.inputs["code"]?.data]).toEqual([3, ["code", "code_"], "abc"]);
  });
});

type Team = "billing" | "tech";
/** What a ticket is about. */
interface Label {
  team: Team;
  priority: number;
}

describe("the types of a signature", () => {
  const parse = bundle(
    function parse(reply: string): Label {
      return JSON.parse(reply) as Label;
    },
    { trainable: true, name: "parse" },
  );

  test("stand beside it, for the optimizer to read", () => {
    expect(codeOf(parse).code?.types.map(({ name, text }) => [name, text])).toEqual([
      ["Label", "/** What a ticket is about. */\ninterface Label {\n  team: Team;\n  priority: number;\n}"],
      ["Team", 'type Team = "billing" | "tech";'],
    ]);
  });

  test("are what a result has to fit, also that of rewritten and of asynchronous code", async () => {
    expect(parse('{"team":"tech","priority":1,"more":true}').data).toEqual({ team: "tech", priority: 1, more: true });
    expect(() => parse('{"team":"Tech","priority":1}')).toThrow(
      'The result of "parse" does not fit its type: `.team` is "Tech", expected `"billing" | "tech"`.',
    );
    rewrite(parse, "function parse(reply: string) { return reply; }");
    expect(() => parse("x")).toThrow('it is "x", expected `Label`');
    const later = bundle(async (n: number): Promise<number[]> => [n, "2" as never], { trainable: true, name: "later" });
    await expect(later(1)).rejects.toThrow('`[1]` is "2", expected `number`');
  });
});

describe("a minified function", () => {
  // As a minifier leaves it, in a file without a source map.
  const minified = (text: string) => new Function(`return ${text}`)() as (text: string) => string;

  test("takes a learned text by its name, whatever the minifier has made of the other names", () => {
    const cut = bundle(minified("function f(e){return e.slice(1)}"), { trainable: true, name: "cut" });
    expect([codeOf(cut).data, cut("abc").data]).toEqual(["const cut = function f(e){return e.slice(1)};", "bc"]);
    rewrite(cut, "function cut(text: string): string { return text.slice(2); }");
    expect(cut("abc").data).toBe("c");
  });

  test("that uses other names than its scope has says that it was minified, and what to do", () => {
    const define = () => bundle(minified("e=>e+D"), { trainable: true, name: "add", scope: { LIMIT: 1 } });
    expect(define).toThrow(
      /"add" cannot be trainable: its text was minified[^.]*`scope` gives `LIMIT`\. Build its file without minification, or with a source map[^]*`D` is not defined/,
    );
  });
});

describe("rewritten source", () => {
  test("runs in the place of the old one", () => {
    const next = bundle((x: number): number => x + 1, { trainable: true, name: "next" });
    expect(next(1).data).toBe(2);
    rewrite(next, "const next = (x: number): number => x * 100;");
    expect(next(1).data).toBe(100);
    expect(next(1).parents[1]).toBe(codeOf(next));
  });

  test("may have helper functions, constants and recursion", () => {
    const factorial = bundle((n: number): number => n, { trainable: true, name: "factorial" });
    rewrite(
      factorial,
      "const one = 1;\nfunction step(n: number): number { return n - one; }\n" +
        "function factorial(n: number): number { return n <= 1 ? one : n * factorial(step(n)); }",
    );
    expect(factorial(5).data).toBe(120);
  });

  test("is recorded in the graph of a run as it was then", () => {
    const next = bundle((x: number): number => x + 1, { trainable: true, name: "next" });
    const before = trace(() => next(1));
    rewrite(next, "const next = (x: number): number => x + 2;");
    const after = trace(() => next(1));
    const read = [before, after].map((graph) => graph.read(codeOf(next) as Parameter).value);
    expect(read).toEqual(["const next = (x: number): number => x + 1;", "const next = (x: number): number => x + 2;"]);
  });

  test("runs for each candidate state on its own", async () => {
    const next = bundle(async (x: number): Promise<number> => x + 1, { trainable: true, name: "next" });
    const first = ParameterState.of([codeOf(next) as Parameter]);
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) => {
        const source = `const next = async (x: number): Promise<number> => x + ${index};`;
        return withParameters(first.set([[codeOf(next) as Parameter, source]]), () => next(1));
      }),
    );
    expect(results.map((one) => one.data)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect((await next(1)).data).toBe(2);
  });

  test("that throws, loops or gives the wrong kind of thing is a failed call", () => {
    const failing: [string, RegExp, number?][] = [
      ['function next(x: number): number { throw new RangeError("too big"); }', /"next" failed: .*too big/],
      ["function next(x: number): number { for (;;) {} }", /"next" failed: .*100 ms/, 100],
      ["function next(x: number): number { return next(x); }", /"next" failed: /],
      ["function next(x: number): number { return x.y.z; }", /"next" failed: .*TypeError/],
    ];
    for (const [source, message, timeoutMs = 600_000] of failing) {
      const next = bundle((x: number): number => x + 1, { trainable: true, name: "next", timeoutMs });
      rewrite(next, source);
      const graph = trace(() => next(1));
      expect(graph.error?.message).toMatch(message);
      expect(graph.parameters).toEqual([codeOf(next)]);
    }
  });

  test("cannot reach the host", () => {
    const peek = bundle((): string => "", { trainable: true, name: "peek" });
    for (const source of [
      "function peek(): string { return process.version; }",
      "function peek(): string { return import('node:fs') as never; }",
      "function peek(): string { return eval('1'); }",
    ]) {
      expect(() => rewrite(peek, source)).toThrow(/cannot take this value/);
    }
    rewrite(
      peek,
      'function peek(): string { return String(globalThis.constructor.constructor("return typeof process")()); }',
    );
    const graph = trace(() => peek());
    expect(graph.error !== undefined || graph.value === "undefined").toBe(true);
  });

  test("that does not parse or has another signature is refused, with the place", () => {
    const next = bundle((x: number): number => x + 1, { trainable: true, name: "next" });
    const before = codeOf(next).data;
    expect(() => rewrite(next, "function next(x: number): number { return x +; }")).toThrow(/line 1, column[^]*\^/);
    expect(() => rewrite(next, "function other(x: number): number { return x; }")).toThrow(/next/);
    expect(() => rewrite(next, "async function next(x: number) { return x; }")).toThrow(/async/);
    expect(codeOf(next).data).toBe(before);
  });
});

describe("scope", () => {
  const greeting = "Hello";
  test("gives constants and host functions to the code, the first and every rewritten one", () => {
    const greet = bundle((name: string): string => `${greeting} ${name}`, {
      trainable: true,
      name: "greet",
      scope: { greeting },
    });
    expect(greet("Ada").data).toBe("Hello Ada");
    rewrite(greet, "const greet = (name: string): string => `${greeting}, ${name}!`;");
    expect(greet("Ada").data).toBe("Hello, Ada!");
  });

  test("may hold async host functions for async code", async () => {
    const look = async (key: string) => `found ${key}`;
    const find = bundle(async (key: string): Promise<string> => look(key), {
      trainable: true,
      name: "find",
      scope: { look },
    });
    expect((await find("a")).data).toBe("found a");
  });

  test("is named when a free variable is not in it, at definition", () => {
    const outside = 7;
    const define = () => bundle((x: number): number => x + outside, { trainable: true, name: "plus" });
    expect(define).toThrow(/"plus" cannot be trainable: [^]*outside/);
    expect(define).toThrow(expect.objectContaining({ code: "bad-trainable" }));
  });

  test("does not help types that TypeScript cannot erase: they are refused at definition", () => {
    expect(define).toThrow(/"paint" cannot be trainable: [^]*enum/i);
    try {
      define();
    } catch (error) {
      expect((error as Error).cause).toBeInstanceOf(SourceError);
    }
  });
});

describe("the world that code runs in", () => {
  const source = "let count = 0;\nfunction tick(): number { count += 1; return count; }";
  const tick = bundle((): number => 0, { trainable: true, name: "tick" });

  test("is fresh for each trace, and shared by the calls inside of one", () => {
    rewrite(tick, source);
    const run = () => [tick().data, tick().data, tick().data];
    expect([trace(run).value, trace(run).value, untraced(run)]).toEqual([
      [1, 2, 3],
      [1, 2, 3],
      [1, 2, 3],
    ]);
  });

  test("is fresh for each call outside of a trace", () => {
    rewrite(tick, source);
    expect([tick().data, tick().data]).toEqual([1, 1]);
  });

  test("is apart for concurrent traces", async () => {
    rewrite(tick, source);
    const run = async () => {
      const first = tick().data;
      await new Promise((resolve) => setTimeout(resolve, 2));
      return [first, tick().data];
    };
    const graphs = await Promise.all(Array.from({ length: 20 }, () => trace(run)));
    for (const graph of graphs) expect(graph.value).toEqual([1, 2]);
  });
});

test("a first call needs no loading, and runs in the sandbox like any other", async () => {
  const where = bundle((x: number): string => typeof process + x, {
    trainable: true,
    name: "where",
    sandbox: quickjs(),
  });
  expect(where(1).data).toBe("undefined1");
  const later = bundle(async (x: number): Promise<string> => typeof process + x, {
    trainable: true,
    name: "later",
    sandbox: quickjs(),
  });
  expect((await later(1)).data).toBe("undefined1");
});

describe("methods", () => {
  class Base {
    @bundle({ trainable: true })
    static shout(text: string): string {
      return text.toUpperCase();
    }

    /** Cuts. */
    @bundle({ trainable: true })
    cut(text: string, at: number): string {
      return text.slice(0, at);
    }

    @bundle({ trainable: true })
    async wait(text: string): Promise<string> {
      return `${text}!`;
    }
  }

  test("become functions of their name, whose doc is the method's", async () => {
    const base = model(Base);
    expect(base.cut("hello", 2).data).toBe("he");
    expect(codeOf(base.cut)).toMatchObject({ doc: "Cuts.", name: "cut" });
    expect(codeOf(base.cut).data).toMatch(/^function cut\(text: string, at: number\): string \{/);
    expect((await base.wait("a")).data).toBe("a!");
  });

  test("that are static have one code for the class", () => {
    const shout = Base.shout as unknown as (text: string) => Node<string>;
    expect(shout("a").data).toBe("A");
    rewrite(Base.shout, 'function shout(text: string): string { return text + "!"; }');
    expect(shout("a").data).toBe("a!");
    expect(parametersOf(Base)).toEqual([codeOf(Base.shout)]);
  });

  test("that use `this` are refused, since their code runs apart from the object", () => {
    const define = () =>
      class {
        factor = 2;
        @bundle({ trainable: true })
        scale(x: number): number {
          return x * this.factor;
        }
      };
    expect(define).toThrow(/"scale" cannot be trainable: [^]*this/);
  });
});
