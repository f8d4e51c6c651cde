import fc from "fast-check";
import { batch, bundle, type Node, parameter, train } from "tracegrad";
import { Sealed, seeds, split } from "tracegrad/data";
import { code, exactMatch } from "tracegrad/guides";
import { optoPrime } from "tracegrad/optimizers";
import { gepa } from "tracegrad/search";
import { scripted } from "tracegrad/testing";
import { describe, expect, it } from "vitest";

/** Writes to everything that it is given. */
function spoil(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  if (value instanceof Map) {
    for (const item of value.values()) spoil(item);
    value.set("spoilt", true);
  } else if (value instanceof Set) value.add("spoilt");
  else if (value instanceof Date) value.setTime(1);
  else if (value instanceof RegExp) value.lastIndex = 7;
  else if (value instanceof DataView) value.setUint8(0, 9);
  else if (ArrayBuffer.isView(value)) Reflect.set(value, 0, 9);
  else if (value instanceof ArrayBuffer) new Uint8Array(value)[0] = 9;
  else {
    for (const item of Object.values(value)) spoil(item);
    if (Array.isArray(value)) value.push("spoilt");
    else Reflect.set(value, "spoilt", true);
  }
}

const whole = () => ({
  messages: [{ role: "user", content: ["q"] }],
  map: new Map<unknown, unknown>([["a", { deep: [1] }]]),
  set: new Set([1]),
  date: new Date(5),
  pattern: /a/g,
  bytes: new Uint8Array([1, 2]),
  buffer: Buffer.from("ab"),
  floats: new Float64Array([1.5]),
  view: new DataView(new Uint8Array([1, 2, 3]).buffer, 1),
  raw: new Uint8Array([1, 2]).buffer,
  bare: Object.assign(Object.create(null) as object, { x: 1 }),
  nothing: null,
  holes: [1, , 3],
});

describe("the data of a split", () => {
  it("are the same at each reading, whatever was done to what was read before", () => {
    const { train: examples } = split([{ input: whole(), target: whole() }], { train: 1, validation: 0 });
    const [example] = examples;
    for (let reading = 0; reading < 2; reading++) {
      spoil(example?.input);
      spoil(example?.target);
      expect(example?.input).toStrictEqual(whole());
      expect(example?.target).toStrictEqual(whole());
    }
  });

  it("are those of the time of the split, whatever happens to the rows later", () => {
    const row = { input: whole(), target: ["right"] };
    const data = split([row, { input: "b", target: "b" }], { train: 1, validation: 0 });
    spoil(row);
    expect(data.train[0]).toStrictEqual({ id: "0", input: whole(), target: ["right"] });
  });

  it("are copied with cycles and shared parts, deep and large ones too", () => {
    const part = { n: 1 };
    const loop: Record<string, unknown> = { part, again: part };
    loop["self"] = loop;
    let deep: unknown = "end";
    for (let depth = 0; depth < 100_000; depth++) deep = [deep];
    const data = split([{ input: { loop, deep }, target: 1 }], { train: 1, validation: 0 });
    const read = data.train[0]?.input.loop as Record<string, unknown>;
    expect([read["self"] === read, read["part"] === read["again"], read["part"] === part]).toEqual([true, true, false]);
  });

  it("equal what was given, for any data", () => {
    fc.assert(
      fc.property(fc.anything({ withMap: true, withSet: true, withDate: true, withTypedArray: true }), (input) => {
        fc.pre(input !== undefined);
        const { train: examples } = split([{ input, target: 1 }], { train: 1, validation: 0 });
        expect(examples[0]?.input).toStrictEqual(input);
      }),
    );
  });

  it("hold objects of classes as they are, and a warning names those that could be written to", () => {
    class Board {
      cells = [1];
    }
    const board = new Board();
    const { train: examples, warnings } = split(
      [{ input: { board, frozen: Object.freeze(new URL("https://example.org")), ask: () => 1 }, target: "a" }],
      { train: 1, validation: 0 },
    );
    expect(examples[0]?.input.board).toBe(board);
    expect(warnings).toEqual([expect.stringMatching(/^The data hold objects of type board, which cannot be copied/)]);
    expect(split([{ input: whole(), target: 1 }], { train: 1, validation: 0 }).warnings).toEqual([]);
  });

  it("come back as they are when they throw on being read", () => {
    const bad = {
      get x(): number {
        throw new Error("no");
      },
    };
    expect(split([{ input: bad, target: 1 }], { train: 1, validation: 0 }).train[0]?.input).toBe(bad);
  });

  it("are copied in sealed sets and seeds too", () => {
    const target = ["a"];
    const sealed = new Sealed([{ id: "1", input: ["q"], target }]);
    target.push("later");
    expect(sealed.read()).toEqual([{ id: "1", input: ["q"], target: ["a"] }]);
    expect(seeds({ train: [1] }).train).toEqual([{ id: "seed 1", input: 1, target: 1 }]);
  });
});

describe("a run whose program and judge write to their data", () => {
  interface Asked {
    readonly messages: string[];
  }
  const program = () => {
    const prompt = parameter("v", { name: "prompt" });
    const seen: number[] = [];
    const chat = bundle(function chat(p: string, messages: string[]): string {
      seen.push(messages.length);
      messages.push("a reply");
      return p;
    });
    const agent = (input: Asked): Node<string> => {
      const answer = chat(prompt, input.messages);
      input.messages.push("another");
      return answer;
    };
    const targets: number[] = [];
    const guide = code((input: Asked, _output, target: string[]) => {
      targets.push(input.messages.length, target.length);
      target.sort().pop();
      input.messages.push("judged");
      return 0.5;
    });
    return { prompt, seen, agent, targets, guide };
  };
  const rows = () =>
    Array.from({ length: 4 }, (_, index) => ({ input: { messages: [`q${index}`] }, target: ["b", "a"] }));
  const llm = () =>
    scripted((_request, index) => ({ toolInput: { reasoning: "", suggestion: { prompt: `w${index}` } } }));

  it("gives each step and each evaluation the data as they were loaded", async () => {
    const { prompt, seen, agent, targets, guide } = program();
    const data = split(rows(), { train: 2, validation: 2 });
    const optimizer = optoPrime([prompt], { llm: llm() });
    await train({ agent, optimizer, template: batch(2), data, guide, budget: { steps: 3 } }).result;
    expect([new Set(seen), seen.length > 8]).toEqual([new Set([1]), true]);
    expect(new Set(targets)).toEqual(new Set([1, 2]));
    expect(data.validation[0]?.input).toEqual({ messages: ["q2"] });
  });

  it("gives each candidate of a search the data as they were loaded", async () => {
    const { prompt, seen, agent, targets, guide } = program();
    const data = split(rows(), { train: 2, validation: 2 });
    const optimizer = optoPrime([prompt], { llm: llm() });
    await train({ agent, optimizer, search: gepa(), acceptance: "best", data, guide, budget: { evaluations: 20 } })
      .result;
    expect([new Set(seen), seen.length > 8]).toEqual([new Set([1]), true]);
    expect(new Set(targets)).toEqual(new Set([1, 2]));
  });

  it("judges the input as it was loaded, not as the program left it", async () => {
    const judged = split([{ input: { a: [1] }, target: { a: [1] } }], { train: 1, validation: 0 });
    const echo = parameter("x", { name: "prompt" });
    const agent = bundle((_p: string, input: { a: number[] }) => {
      input.a.push(2);
      return input;
    });
    const result = await train({
      agent: (input: { a: number[] }) => agent(echo, input),
      optimizer: optoPrime([echo], { llm: llm() }),
      data: judged,
      guide: exactMatch(),
      budget: { steps: 1 },
    }).result;
    expect(result.candidates[0]?.trainScore ?? 0).toBe(0);
    expect(judged.train[0]?.target).toEqual({ a: [1] });
  });
});
