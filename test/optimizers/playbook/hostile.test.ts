import type { LanguageModel, ModelRequest } from "tracegrad/llm";
import { ace } from "tracegrad/optimizers";
import type { ScriptedAnswer } from "tracegrad/testing";
import { describe, expect, it } from "vitest";
import { answering, textOf } from "../readers.ts";
import { add, both, curate, isReflector, reflect, small, textsOf } from "./models.ts";

const good = reflect("x", [{ id: "b1", tag: "helpful" }]);
const hostile: readonly (readonly [
  what: string,
  reflector: ScriptedAnswer,
  curator: ScriptedAnswer,
  reason: RegExp,
])[] = [
  ["nothing from the reflector", "", curate(add("x")), /empty/],
  ["no insight", { toolInput: {} }, curate(add("x")), /no "keyInsight"/],
  ["an insight of another type", reflect(5 as never), curate(add("x")), /"keyInsight" is a text/],
  [
    "tags of unknown bullets",
    reflect("x", [{ id: "b9", tag: "helpful" }]),
    curate(add("x")),
    /bulletTags\[0\]: There is no/,
  ],
  [
    "one bullet tagged twice",
    reflect("x", [
      { id: "b1", tag: "helpful" },
      { id: "b1", tag: "harmful" },
    ]),
    curate(),
    /twice/,
  ],
  ["tags that are none", reflect("x", [null, "b1"]), curate(), /bulletTags\[0\]: TAG needs "id"/],
  ["more tags than bullets", reflect("x", Array(1e5).fill({ id: "b1", tag: "helpful" })), curate(), /100000 tags/],
  ["tags that are no list", reflect("x", "b1"), curate(), /is a list/],
  ["a cut reflection", { text: '{"keyInsight":"x"}', stopReason: "length" }, curate(), /cut at the token limit/],
  ["a cut curation", good, '{"operations": [{"type": "ADD"', /no JSON object/],
  ["no operations", good, { toolInput: { reasoning: "x" } }, /no "operations"/],
  ["a whole playbook", good, { toolInput: { bullets: [], next: 1 } }, /no "operations"/],
  [
    "an unknown bullet",
    good,
    curate(add("x"), { type: "DELETE", id: "b7" }),
    /operations\[1\]: There is no bullet "b7"/,
  ],
  ["counts of its own", good, curate({ type: "TAG", id: "b1", tag: "helpful" }), /tagged already/],
  ["too many operations", good, curate(...Array(101).fill(add("x"))), /101 operations; the most is 100/],
  ["a bullet of 10 MB", good, curate(add("x".repeat(1e7))), /10000000 characters/],
  ["10 MB of text", good, `{"operations": [], "x": "${"x".repeat(1e7)}"}`, /The reply has/],
  ["a repeated key", good, '{"operations": [], "operations": []}', /gives "operations" twice/],
  ["__proto__", good, '{"__proto__": {"operations": []}}', /no "operations"/],
  ["a refusal", good, { text: "", stopReason: "refusal" }, /refused/],
];

describe("ACE, answered with", () => {
  it.each(hostile)("%s, changes nothing and says why", async (_what, reflector, curator, reason) => {
    const calls: ModelRequest[] = [];
    const pick = answering((index) => (isReflector(calls[index] as ModelRequest) ? reflector : curator));
    const llm: LanguageModel = {
      name: "hostile",
      generate: (request) => {
        calls.push(request);
        return pick.generate(request);
      },
    };
    const { book, run, optimizer } = small(llm);
    const before = book.data;
    run().backward("Hm.");
    const result = await optimizer.step();
    expect(result).toMatchObject({ updates: [], changes: [] });
    expect(result.refused[0]?.reason).toMatch(reason);
    expect(book.data).toBe(before);
    expect(book.version).toBe(0);
    expect(textOf(calls.at(-1) as ModelRequest, -1)).toMatch(reason);
    expect(JSON.stringify(calls.at(-1)).length).toBeLessThan(200_000);
    expect(optimizer.memory).toEqual({ dropped: {} });
  });

  it("no lesson at all, changes nothing and refuses nothing", async () => {
    const { book, run, optimizer } = small(
      both(
        () => reflect(""),
        () => curate(),
      ),
    );
    run().backward("Right.");
    expect(await optimizer.step()).toMatchObject({ updates: [], changes: [], refused: [] });
    expect(book.version).toBe(0);
  });

  it("an error, keeps the signals for the step that is made again", async () => {
    let fails = true;
    const llm = both(
      () => reflect("x"),
      () => {
        if (fails) throw new Error("overloaded");
        return curate(add("Three."));
      },
    );
    const { book, run, optimizer } = small(llm);
    run().backward("Hm.");
    await expect(optimizer.step()).rejects.toThrow("overloaded");
    expect(book.version).toBe(0);
    fails = false;
    await optimizer.step();
    expect(textsOf(book)).toEqual(["b1 One.", "b2 Two.", "b3 Three."]);
  });

  it("a change of the playbook meanwhile, makes nothing live", async () => {
    const { book, run, optimizer } = small(
      both(
        () => reflect("x"),
        () => curate(add("Three.")),
      ),
    );
    const faster = ace(book, {
      llm: both(
        () => reflect("x"),
        () => curate(add("Four.")),
      ),
    });
    const credit = run().backward("Hm.");
    await faster.step();
    await expect(optimizer.step(credit)).rejects.toMatchObject({ code: "stale-update" });
    expect(textsOf(book)).toEqual(["b1 One.", "b2 Two.", "b3 Four."]);
  });
});
