/** Values that cannot be read, or not to an end, are shown as what they are: every step is made, and every view. */

import { bundle, node, parameter, t, trace } from "tracegrad";
import { exactMatch } from "tracegrad/guides";
import { opro, optoPrime, textGrad } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import { describe, expect, it } from "vitest";
import { suggest, textOf } from "./readers.ts";

const refuse = (): never => {
  throw new Error("not to be read");
};
const revoked = <T extends object>(target: T): T => {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
};
const traps = Object.fromEntries(Reflect.ownKeys(Reflect).map((trap) => [trap, refuse]));
const everyPair = (): unknown => {
  const lists: unknown[][] = Array.from({ length: 40 }, () => []);
  for (const list of lists) list.push(...lists);
  return lists[0];
};
const cyclic = (): unknown => {
  const self: Record<string, unknown> = { name: "self" };
  return Object.assign(self, { self, list: [self], map: new Map([[self, self]]) });
};
const deep = (): unknown => {
  let value: unknown = "end";
  for (let level = 0; level < 50_000; level++) value = level % 2 === 0 ? [value] : { value };
  return value;
};

const values: Readonly<Record<string, () => unknown>> = {
  "a revoked record": () => revoked({ a: 1 }),
  "a revoked list": () => revoked([1]),
  "a revoked function": () => revoked(() => 1),
  "a record with a revoked list": () => ({ items: revoked([1]), rest: { items: revoked({}) } }),
  "a list with a revoked function": () => [revoked(() => 1)],
  "a getter that throws": () => ({
    a: 1,
    get b() {
      return refuse();
    },
  }),
  "a prototype that throws": () =>
    new (class Odd {
      get type() {
        return refuse();
      }
      toString = refuse;
    })(),
  "a Proxy whose traps throw": () => new Proxy({}, traps),
  "a Proxy of a list whose traps throw": () => new Proxy([], traps),
  "an image that throws": () => ({
    type: "image",
    mediaType: "image/png",
    get data() {
      return refuse();
    },
  }),
  "a message whose image throws": () => [{ role: "user", content: [revoked({ type: "image" })] }],
  "a cycle": cyclic,
  "lists that all hold each other": everyPair,
  "50,000 levels": deep,
  "100,000 items": () => Array.from({ length: 100_000 }, (_, index) => index),
  "a text of 5 MB": () => "x".repeat(5_000_000),
};

/** The value alone, in a list beside nodes, in rows of a table, and as what a call was given. */
function program(prompt: ReturnType<typeof parameter<string>>, value: () => unknown) {
  const giveValue = bundle((_text: string) => value(), { name: "give_value" });
  const giveRow = bundle((_text: string, k: number) => ({ k, value: value(), fixed: "row" }), { name: "give_row" });
  const take = bundle((_one: unknown, _other: unknown, _row: unknown) => "done", { name: "take" });
  return trace(() => {
    const given = giveValue(prompt);
    let row: unknown;
    for (let k = 0; k < 8; k++) row = giveRow(prompt, k as never);
    return take([given, "beside", value()] as never, node(value(), { name: "input" }) as never, row as never);
  });
}

describe.each(Object.entries(values))("%s", (_, value) => {
  it.each(Object.entries({ optoPrime, opro, textGrad }))(
    "is shown by %s, and no later step fails",
    async (_name, of) => {
      const prompt = parameter("Answer the question that is asked.", { name: "prompt" });
      const llm = scripted((request, at) => (request.tool === undefined ? "Better." : suggest({ prompt: `v${at}` })));
      const optimizer = of(prompt, { llm });
      for (const run of [() => program(prompt, value), () => trace(() => t`${prompt}`)]) {
        run().backward({ text: "Wrong.", score: 0, data: { value: value() } });
        expect((await optimizer.step()).changes).toHaveLength(1);
      }
      for (const request of llm.calls) expect(textOf(request).length).toBeLessThan(200_000);
    },
  );

  it("is shown in the text, the drawing and the file of a graph, and fits no target", async () => {
    const graph = program(parameter("p", { name: "prompt" }), value);
    for (const text of [graph.show(), graph.show({ fold: false }), graph.show({ maxRows: 2 }), graph.toDot()])
      expect(text.length).toBeLessThan(100_000);
    expect(graph.toJSON()).toBeDefined();
    const judge = exactMatch();
    for (const output of [value(), { within: value() }])
      expect(await judge("q", output, { within: "x" }, {} as never)).toMatchObject({ score: 0 });
  });
});
