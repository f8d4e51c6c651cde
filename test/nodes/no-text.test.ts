import { bundle, type Feedback, model, type Node, NoTextError, node, parameter, t, trace } from "tracegrad";
import { staged } from "tracegrad/guides";
import * as operators from "tracegrad/operators";
import { concat, format, makeList } from "tracegrad/operators";
import { scripted } from "tracegrad/testing";
import { describe, expect, test } from "vitest";
import { thenable } from "./thenable.ts";

const { callLlm, joinText, isIn, replace, splitText } = operators;

class Secret {
  readonly #key = "k";
  key(): string {
    return this.#key;
  }
}
class Holder {
  readonly inside: unknown;
  constructor(inside: unknown) {
    this.inside = inside;
  }
}

const without: Record<string, () => unknown> = {
  "a promise": () => Promise.resolve("text"),
  "a promise that rejects": () => Promise.reject(new Error("nobody handles this")),
  "a thenable": () => thenable<string>((done) => done("text")),
  "an object with private fields": () => new Secret(),
  "a response": () => new Response("text"),
  "a stream": () =>
    (async function* parts() {
      yield "text";
    })(),
  "bytes of unknown meaning": () => new ArrayBuffer(8),
  "a record with a promise inside": () => ({ a: { b: [Promise.resolve("text")] } }),
  "a map with a promise inside": () => new Map([["a", Promise.resolve("text")]]),
  "an instance with a node inside": () => new Holder(node("text", { name: "question" })),
};

type Door = (value: never) => unknown;
const settled = async (made: unknown) => ((await made) as Node<string>).data;

const doors: Record<string, Door> = {
  t: (value) => t`before ${value} after`,
  concat: (value) => concat("before", value),
  "the first of concat": (value) => concat(value, "after"),
  format: (value) => format("before {x}", { x: value }),
  join: (value) => joinText(", ", "before", value),
  "the separator of join": (value) => joinText(value, "before", "after"),
  replace: (value) => replace("before", "b", value),
  "the search of replace": (value) => replace("before", value, "x"),
  split: (value) => splitText("before", value),
  isIn: (value) => isIn(value, "before"),
  "call of concat": (value) => node("before").call("concat", value),
  "call of replace": (value) => node("before").call("replace", /b/, value),
  "call of join": (value) => node<string[]>(["before", value]).call("join", ", "),
  "the prompt of callLlm": (value) => callLlm(scripted(String), "system", "before", value),
  "the system prompt of callLlm": (value) => callLlm(scripted(String), value, "before"),
};

describe("a value without a useful text", () => {
  for (const [door, put] of Object.entries(doors)) {
    test.each(Object.keys(without))(`is refused by ${door}: %s`, async (name) => {
      await expect((async () => settled(put(without[name]?.() as never)))()).rejects.toThrow(NoTextError);
    });
  }

  test("is named with its place and what to do", () => {
    const problem = (run: () => unknown) => {
      try {
        return run();
      } catch (error) {
        return `${(error as NoTextError).code}: ${(error as Error).message}`;
      }
    };
    const ask = bundle(async (q: string) => q, { name: "ask" });
    const untyped = ask as (q: string) => unknown;
    expect(problem(() => t`${parameter("P")}: ${untyped("q")}`)).toBe(
      'no-text: part_1 of the template "{part_0}: {part_1}" has no useful text: it is a promise. Await it first.',
    );
    expect(problem(() => format("{who}?", { who: { name: Promise.resolve("a") } }))).toBe(
      "no-text: {who} of the template has no useful text: name is a promise. Await it first.",
    );
    expect(problem(() => concat("a", new Secret() as never))).toBe(
      "no-text: y of concat has no useful text: it is an object of type secret that shows nothing of its content. " +
        "Give a part of it that is text or data.",
    );
    expect(problem(() => t`${new Holder([node(1, { name: "n" })])}`)).toBe(
      'no-text: part_0 of the template "{part_0}" has no useful text: inside.0 is the node "n", in a place where nodes ' +
        "are not looked for. Give its value there, with `.data`.",
    );
    expect(problem(() => t`${parseInt as unknown}`)).toMatch(
      /it is the function "parseInt"\. Call it, or give String\(parseInt\) for its/,
    );
  });

  test("ends the trace, as other mistakes of the program's author do", async () => {
    const ask = bundle(async (q: string) => q, { name: "ask" });
    await expect(trace(async () => t`${ask("q") as unknown}`)).rejects.toThrow(NoTextError);
    const inside = bundle(() => t`${Promise.resolve(1) as unknown}`.data, { name: "inside" });
    expect(() => trace(() => inside())).toThrow(NoTextError);
  });

  test("is a type error in a template", () => {
    const ask = bundle(async (q: string) => q, { name: "ask" });
    // @ts-expect-error a promise has no text
    expect(() => t`${ask("q")}`).toThrow(NoTextError);
    // @ts-expect-error a function has no text
    expect(() => t`${ask}`).toThrow(NoTextError);
    const loose = JSON.parse('"any"');
    expect(t`${loose} ${1} ${null} ${{ a: 1 }} ${node("n")}`.data).toBe('any 1 null {"a":1} n');
  });
});

describe("a value with a text", () => {
  const texts: readonly (readonly [string, unknown, string])[] = [
    ["text", "text", "text"],
    ["a number", 1.5, "1.5"],
    ["a record", { a: [1, "x"], b: undefined }, '{"a":[1,"x"]}'],
    ["an array", ["a", null], '["a",null]'],
    ["an instance with fields", new Holder(1), '{"inside":1}'],
    ["a date", new Date(0), "1970-01-01T00:00:00.000Z"],
    ["a URL", new URL("https://example.org/a"), "https://example.org/a"],
    ["an object with a text of its own", new URLSearchParams({ a: "1" }), "a=1"],
    ["a regular expression", /a+/g, "/a+/g"],
    ["a record with a map inside", { m: new Map([["a", 1]]) }, "{ m: Map(1) { a => 1 } }"],
    ["a record with NaN inside", { score: Number.NaN }, "{ score: NaN }"],
    ["an array with undefined inside", [undefined, 1], "[undefined, 1]"],
    ["a record with an error inside", { error: new RangeError("no") }, '{ error: RangeError("no") }'],
    ["bytes", new Uint8Array([1, 2]), "Uint8Array([1, 2])"],
    ["an empty record", {}, "{}"],
    ["an empty array", [], "[]"],
  ];

  test.each(texts)("is written the same way by every operator: %s", (_name, value, text) => {
    const given = value as never;
    expect(t`<${given}>`.data).toBe(`<${text}>`);
    expect(format("<{x}>", { x: given }).data).toBe(`<${text}>`);
    expect(concat("<", given).data).toBe(`<${text}`);
    expect(joinText("|", "a", given).data).toBe(`a|${text}`);
    expect(replace("<x>", "x", given).data).toBe(`<${text}>`);
  });

  test("keeps the meaning of regular expressions and options in methods of text", () => {
    expect(node("a1b2").call("replace", /\d/g, "-").data).toBe("a-b-");
    expect(node("a1b2").call("split", /\d/).data).toEqual(["a", "b", ""]);
    expect(node("a").call("localeCompare", "b", "en", { numeric: true }).data).toBe(-1);
    expect(makeList(makeList("a", "b"), makeList("c")).call("join", "|").data).toBe("a,b|c");
    expect(replace("a1b2", /\d/g as never, "-").data).toBe("a-b-");
  });
});

describe("a language model's request", () => {
  test.each([
    ["a promise", Promise.resolve("text")],
    ["a record", { text: "text" }],
    ["a node", node("text", { name: "n" })],
    ["a number", 1],
  ])("with %s in the place of a text is refused before the call", async (_name, value) => {
    const llm = scripted(() => "answer");
    const text = value as never;
    await expect(llm.generate({ messages: [{ role: "user", content: text }] })).rejects.toThrow(
      /^Message 0 has no useful/,
    );
    await expect(llm.generate({ system: text, messages: [] })).rejects.toThrow(/^The system prompt has no useful/);
    await expect(llm.generate({ messages: [{ role: "user", content: [{ type: "text", text }] }] })).rejects.toThrow(
      NoTextError,
    );
    expect((await llm.generate({ messages: [{ role: "user", content: "a" }] })).text).toBe("answer");
  });
});

describe("feedback", () => {
  const graph = () => {
    const p = parameter("p");
    return trace(() => t`${p}`);
  };
  test.each([
    ["a promise", Promise.resolve("wrong"), /is a promise\. Await it first/],
    ["a promise as its text", { text: Promise.resolve("wrong") }, /text is a string; got a promise: await it first/],
    ["a promise as its data", { data: Promise.resolve("wrong") }, /data of this feedback are a promise\. Await/],
    ["a node", node("wrong", { name: "judged" }), /is the node "judged"\. Give its value, with `\.data`/],
  ])("that is %s is refused", (_name, feedback, message) => {
    expect(() => graph().backward(feedback as Feedback)).toThrow(message);
  });

  test("of stages is text", async () => {
    const guide = staged(() => 1, [[0, () => Promise.resolve("good") as never]]);
    await expect(guide("", "", "", { exampleId: "1", signal: undefined })).rejects.toThrow(NoTextError);
  });
});

test("a traced client in a text is walked, and refused where it shows nothing", () => {
  const client = model({ ask: (q: string) => q, part: new Secret() });
  expect(() => t`${client}`).toThrow(/part is an object of type secret/);
});
