import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { bundle, ParameterState, parameter, trace, untraced, withParameters } from "tracegrad";
import { describe, expect, test } from "vitest";
import { quickjs } from "../../src/sandbox/quickjs.ts";

const prompt = parameter("live", { name: "prompt" });
const stateOf = (value: string) => ParameterState.of([prompt]).set([[prompt, value]]);
const letters = ["A", "B", "C", "D", "E"];

const tell = async (): Promise<string> => prompt.data;
const tellLater = async (): Promise<string> => {
  await sleep(2);
  return prompt.data;
};
const flow = bundle(
  async function flow(q: string): Promise<string> {
    return (await tell()) + (await tellLater()) + q;
  },
  { trainable: true, scope: { tell, tellLater }, external: "record" },
);

describe("a host function of asynchronous trainable code", () => {
  test("reads the values of the call that it serves, whatever call came first", async () => {
    for (const value of letters) {
      const made = await withParameters(stateOf(value), () => flow("!"));
      expect(made.data).toBe(`${value}${value}!`);
    }
    expect((await flow("!")).data).toBe("livelive!");
  });

  test("reads them with all calls on the thread at once", async () => {
    const made = await Promise.all(letters.map((value) => withParameters(stateOf(value), () => flow(value))));
    expect(made.map(({ data }) => data)).toEqual(letters.map((value) => value.repeat(3)));
  });

  test("is part of its own run: what it reads is in that graph, and in no other", async () => {
    const graphs = await Promise.all(
      letters.map((value) => withParameters(stateOf(value), () => trace(() => flow("?")))),
    );
    expect(graphs.map(({ value }) => value)).toEqual(letters.map((value) => `${value}${value}?`));
    for (const graph of graphs) expect(graph.parameters).toContain(prompt);
  });

  test("keeps a context of the caller's own, as OpenTelemetry has one", async () => {
    const request = new AsyncLocalStorage<string>();
    const whose = async (): Promise<string | undefined> => request.getStore();
    const ask = bundle(
      async function ask(): Promise<string | undefined> {
        return await whose();
      },
      { trainable: true, scope: { whose } },
    );
    const seen = await Promise.all(
      letters.map((id) => request.run(id, async () => (await untraced(() => ask())).data)),
    );
    expect(seen).toEqual(letters);
  });

  test("may read no node that is not an input, unless the bundle records it, as in synchronous code", async () => {
    const strict = bundle(
      async function strict(): Promise<string> {
        return await tell();
      },
      { trainable: true, scope: { tell } },
    );
    await expect(strict()).rejects.toThrow(/The body of "strict" read the node "prompt"/);
  });

  test("prints into the context of its call", async () => {
    const request = new AsyncLocalStorage<string>();
    const lines: string[] = [];
    const sandbox = quickjs({ onConsole: (_level, line) => lines.push(`${request.getStore()} ${line}`) });
    const print = bundle(
      async function print(text: string): Promise<void> {
        console.log(text);
      },
      { trainable: true, sandbox },
    );
    for (const id of letters) await request.run(id, () => print(id));
    expect(lines).toEqual(letters.map((id) => `${id} ${id}`));
  });
});
