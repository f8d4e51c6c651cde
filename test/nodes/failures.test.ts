import { setTimeout as sleep } from "node:timers/promises";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { bundle, DeadlineError, ExceptionNode, ExecutionError, type Node, node, SchemaError, trace } from "tracegrad";
import { describe, expect, test } from "vitest";
import { z } from "zod";

function failureOf(run: () => unknown): ExecutionError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(ExecutionError);
    return error as ExecutionError;
  }
  return expect.fail("it should throw");
}

async function rejectionOf(promise: PromiseLike<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail("it should reject"),
    (error: unknown) => error,
  );
}

const throwing = (thrown: unknown) =>
  bundle(
    (_x: number): number => {
      throw thrown;
    },
    { name: "boom" },
  );

describe("a body that throws", () => {
  test("makes an exception node with the call's inputs, and an execution error with that node", () => {
    const x = node(1);
    const cause = new RangeError("too big");
    const error = failureOf(() => throwing(cause)(x));
    expect(error.message).toBe('"boom" failed: RangeError: too big');
    expect([error.code, error.cause, error.node.error]).toEqual(["execution", cause, cause]);
    expect(error.node).toBeInstanceOf(ExceptionNode);
    expect([error.node.data, error.node.op, error.node.name]).toEqual(["RangeError: too big", "boom", "boom_error"]);
    expect(error.node.operation.kind).toBe("exception");
    expect(error.node.parents).toEqual([x]);
  });

  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const evil = {
    toString(): string {
      throw new Error("no");
    },
  };
  test.each([
    ["a text", "plain text", "plain text"],
    ["null", null, "null"],
    ["undefined", undefined, "undefined"],
    ["a number", 7, "7"],
    ["a revoked Proxy", proxy, "(an error that cannot be read)"],
    ["what cannot be read", evil, "(an error that cannot be read)"],
    ["an error without a message", new Error(), "Error: "],
  ] as [string, unknown, string][])("may throw anything: %s", async (_what, thrown, text) => {
    expect(failureOf(() => throwing(thrown)(1)).node.data).toBe(text);
    const later = bundle(async () => {
      await sleep(0);
      throw thrown;
    });
    const error = await rejectionOf(later());
    expect(error).toBeInstanceOf(ExecutionError);
    expect((error as ExecutionError).node.data).toBe(text);
  });

  test("because it was cancelled passes the abort on, which is no judgement on the program", async () => {
    const stop = new AbortController();
    const wait = bundle((signal: AbortSignal) => sleep(10_000, 1, { signal }), { name: "wait" });
    const waiting = wait(stop.signal);
    stop.abort();
    const error = await rejectionOf(waiting);
    expect([(error as Error).name, error instanceof ExecutionError]).toEqual(["AbortError", false]);
    await expect(trace(() => wait(stop.signal))).rejects.toMatchObject({ name: "AbortError" });
  });

  test("inside another body names both", () => {
    const inner = throwing(new Error("deep"));
    const outer = bundle((x: number) => inner(x).data, { name: "outer" });
    const error = failureOf(() => outer(1));
    expect(error.node.op).toBe("outer");
    expect((error.cause as ExecutionError).node.op).toBe("boom");
    expect(error.message).toContain("deep");
    expect(error.node.inner).toEqual([(error.cause as ExecutionError).node]);
  });

  test("leaves later calls as they were", () => {
    failureOf(() => throwing(new Error("no"))(1));
    const outside = node(2);
    expect(outside.data).toBe(2);
  });

  test("gives a graph that feedback can be given on", () => {
    const code = bundle((x: number): number => x + 1, { name: "step", trainable: true });
    const graph = trace(() => throwing(new Error("no"))(code(1)));
    expect(graph.error).toBeInstanceOf(ExecutionError);
    expect(graph.backward("It failed.").signals.size).toBe(1);
  });
});

describe("a deadline", () => {
  test("is a failure of the call", async () => {
    const slow = bundle(
      async (x: number) => {
        await sleep(5_000, undefined, { ref: false });
        return x;
      },
      { name: "slow", timeoutMs: 20 },
    );
    const error = (await rejectionOf(slow(1))) as ExecutionError;
    expect(error.cause).toBeInstanceOf(DeadlineError);
    expect(error.message).toBe('"slow" failed: DeadlineError: "slow" took longer than 20 ms.');
    expect(error.node.parents).toHaveLength(1);
  });

  test("that is kept leaves no timer behind", async () => {
    const quick = bundle(async (x: number) => x, { name: "quick", timeoutMs: 600_000 });
    const before = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    expect((await quick(1)).data).toBe(1);
    await sleep(0);
    expect(process.getActiveResourcesInfo().filter((name) => name === "Timeout").length).toBeLessThanOrEqual(before);
  });

  test("that has passed swallows neither the process nor a late rejection", async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown) => unhandled.push(error);
    process.on("unhandledRejection", note);
    const late = bundle(
      async () => {
        await sleep(20);
        throw new Error("too late");
      },
      { name: "late", timeoutMs: 5 },
    );
    expect(await rejectionOf(late())).toBeInstanceOf(ExecutionError);
    await sleep(40);
    process.off("unhandledRejection", note);
    expect(unhandled).toEqual([]);
  });
});

describe("an input schema", () => {
  const schema = z.object({ age: z.number().min(0), name: z.string() });
  const greet = bundle((name: string, age: number) => `${name} ${age}`, { name: "greet", input: schema });

  test("is given the arguments by name", () => {
    expect(greet("Ada", node(36)).data).toBe("Ada 36");
  });

  test("that is not met is a failed call, which names the argument", () => {
    const error = failureOf(() => greet("Ada", node(-1)));
    expect(error.cause).toBeInstanceOf(SchemaError);
    expect(error.message).toMatch(/The arguments of "greet" do not fit the schema: age: /);
    expect(error.node.parents).toHaveLength(2);
  });

  test("works for async functions", async () => {
    const later = bundle(async (age: number) => age, { name: "later", input: z.object({ age: z.number().max(9) }) });
    expect((await later(1)).data).toBe(1);
    await expect(Promise.resolve().then(() => later(10))).rejects.toThrow(/age: /);
  });

  test("that must be waited for is refused in a synchronous function", () => {
    const slow = z.object({ x: z.number().refine(async (x) => x > 0) });
    const call = () => bundle((x: number) => x, { name: "sync", input: slow })(1);
    expect(call).toThrow(/The input schema of the synchronous "sync" is asynchronous/);
    expect(call).not.toThrow(ExecutionError);
  });

  test("that must be waited for is waited for in an async function", async () => {
    const slow = z.object({ x: z.number().refine(async (x) => x > 0, "too small") });
    const later = bundle(async (x: number) => x, { name: "later", input: slow });
    expect((await later(1)).data).toBe(1);
    expect(String(await rejectionOf(later(-1)))).toMatch(/too small/);
  });
});

describe("an output schema", () => {
  test("may change the result", () => {
    const parse = bundle((text: string) => text as unknown, { name: "parse", output: z.coerce.number() });
    expect(parse("7").data).toBe(7);
  });

  test("that is not met is a failed call, with the path of the culprit", () => {
    const give = bundle(() => ({ list: [1, "two"] }), {
      name: "give",
      output: z.object({ list: z.array(z.number()) }),
    });
    const error = failureOf(() => give());
    expect(error.cause).toBeInstanceOf(SchemaError);
    expect(error.message).toMatch(/The result of "give" does not fit the schema: list\.1: /);
  });

  test("that throws is a failed call", () => {
    const bad: StandardSchemaV1 = {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: () => {
          throw new Error("broken schema");
        },
      },
    };
    expect(failureOf(() => bundle(() => "x", { name: "give", output: bad })()).message).toContain("broken schema");
    expect(failureOf(() => bundle(() => "x", { name: "give", input: bad })()).message).toContain("broken schema");
  });

  test("that turns out to be asynchronous in a synchronous function leaves no rejection behind", async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown) => unhandled.push(error);
    process.on("unhandledRejection", note);
    const validate = () => Promise.reject(new Error("broken schema"));
    const bad: StandardSchemaV1 = { "~standard": { version: 1, vendor: "test", validate } };
    expect(() => bundle(() => "x", { name: "give", output: bad })()).toThrow(/asynchronous/);
    await sleep(5);
    process.off("unhandledRejection", note);
    expect(unhandled).toEqual([]);
  });

  test("may be asynchronous for an async function, and for no other", async () => {
    const even = z.number().refine(async (x) => x % 2 === 0, "odd");
    const later = bundle(async (x: number) => x, { name: "later", output: even });
    expect((await later(2)).data).toBe(2);
    expect(String(await rejectionOf(later(3)))).toContain("odd");
    expect(() => bundle((x: number) => x, { name: "sync", output: even })(2)).toThrow(
      /The output schema of the synchronous "sync"/,
    );
  });

  test("judges the values of nodes in the result, and keeps the graph inside", () => {
    const one = bundle(() => 1, { name: "one" });
    const give = bundle(() => [one()], { name: "give", output: z.array(z.number()) });
    const made = give() as Node<unknown>;
    expect(made.data).toEqual([1]);
    expect(made.inner).toHaveLength(1);
  });
});
