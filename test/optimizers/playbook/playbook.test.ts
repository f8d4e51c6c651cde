import fc from "fast-check";
import { bundle, trace } from "tracegrad";
import { problemWith } from "tracegrad/extend";
import {
  applyDelta,
  type Bullet,
  optoPrime,
  type Playbook,
  type PlaybookOperation,
  type PlaybookSettings,
  playbook,
  playbookText,
} from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import { describe, expect, it } from "vitest";
import { suggest, textOf, variablesOf } from "../readers.ts";

const bullet = (id: string, text: string, counts: Partial<Bullet> = {}): Bullet => ({
  id,
  section: "strategies",
  text,
  helpful: 0,
  harmful: 0,
  ...counts,
});
const of = (...bullets: Bullet[]): Playbook => ({ bullets, next: 100 });
const add = (text: string, section = "strategies"): PlaybookOperation => ({ type: "ADD", section, text });
const textsOf = ({ bullets }: Playbook) => bullets.map(({ id, text }) => `${id} ${text}`);
const keyOf = (text: string) => text.trim().replace(/\s+/g, " ");

// Few texts, so that they meet often. Ids stand for the first bullets of the playbook, whatever those are by then.
const texts = fc.constantFrom(
  "one",
  " one ",
  "two\nlines",
  "two lines",
  "three",
  "four",
  "five",
  "six",
  "seven",
  "eight",
);
const ids = fc.constantFrom("0", "0", "1", "1", "2", "3");
const sections = fc.constantFrom("strategies", "facts");
const counting = fc.record({ type: fc.constant("TAG" as const), id: ids, tag: fc.constantFrom("helpful", "harmful") });
const adding = fc.record({ type: fc.constant("ADD" as const), section: sections, text: texts });
const changing: fc.Arbitrary<PlaybookOperation> = fc.oneof(
  { weight: 4, arbitrary: adding },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("UPDATE" as const), id: ids, text: texts }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant("MERGE" as const),
      ids: fc.uniqueArray(ids, { minLength: 2, maxLength: 3 }),
      text: texts,
    }),
  },
  { weight: 2, arbitrary: counting as fc.Arbitrary<PlaybookOperation> },
);
const deleting = fc.record({ type: fc.constant("DELETE" as const), id: ids });
const deltas = (operation: fc.Arbitrary<PlaybookOperation>) =>
  fc.array(fc.array(operation, { maxLength: 2, minLength: 1 }), { minLength: 12, maxLength: 25, size: "max" });
const bounds: fc.Arbitrary<PlaybookSettings> = fc.record({
  maxBullets: fc.integer({ min: 2, max: 8 }),
  maxTokens: fc.integer({ min: 15, max: 60 }),
});

/** The operations, on the bullets that stand at the places which their ids name. */
function resolved(operations: readonly PlaybookOperation[], { bullets }: Playbook): readonly PlaybookOperation[] {
  const idAt = (place: string) => bullets[Number(place)]?.id ?? `x${place}`;
  return operations.map((one) => {
    if ("ids" in one) return { ...one, ids: one.ids.map(idAt) };
    return "id" in one ? { ...one, id: idAt(one.id) } : one;
  });
}

/** Calls `check` with what each delta made of the playbook that the ones before it left. */
function lineage(
  all: readonly (readonly PlaybookOperation[])[],
  settings: PlaybookSettings,
  check: (before: Playbook, result: ReturnType<typeof applyDelta>, operations: readonly PlaybookOperation[]) => void,
): void {
  let book: Playbook = { bullets: [], next: 1 };
  for (const places of all) {
    const operations = resolved(places, book);
    const frozen = structuredClone(book);
    const result = applyDelta(book, operations, settings);
    expect(book).toEqual(frozen);
    check(book, result, operations);
    book = result.playbook;
  }
}

const total = (bullets: readonly Bullet[], field: "helpful" | "harmful") =>
  bullets.reduce((sum, one) => sum + one[field], 0);

describe("applyDelta, for any operations,", () => {
  it("keeps ids unique, and never gives one again", () => {
    let made = 0;
    const property = fc.property(deltas(fc.oneof(changing, deleting)), bounds, (all, settings) => {
      const seen = new Set<string>();
      lineage(all, settings, (before, { playbook: after, added }) => {
        const now = after.bullets.map(({ id }) => id);
        expect(new Set(now).size).toBe(now.length);
        expect(added.filter((id) => seen.has(id))).toEqual([]);
        for (const id of added) seen.add(id);
        expect(now.filter((id) => !seen.has(id))).toEqual([]);
        expect(after.next).toBeGreaterThanOrEqual(before.next);
        made += added.length;
      });
    });
    fc.assert(property, { numRuns: 300, seed: 1 });
    expect(made).toBeGreaterThan(500);
  });

  it("loses no count but those of bullets that are deleted or left out", () => {
    let mergeCount = 0;
    const property = fc.property(deltas(changing), bounds, (all, settings) => {
      lineage(all, settings, (before, { playbook: after, refused, dropped, merges }, operations) => {
        mergeCount += merges.length;
        for (const field of ["helpful", "harmful"] as const) {
          const told = operations.filter((one) => one.type === "TAG" && one.tag === field).length;
          const expected = total(before.bullets, field) + (refused.length > 0 ? 0 : told);
          expect(total([...after.bullets, ...dropped], field)).toBe(expected);
        }
      });
    });
    fc.assert(property, { numRuns: 300, seed: 2 });
    expect(mergeCount).toBeGreaterThan(50);
  });

  it("stays within the budget, has no two equal texts, and gives a value that the parameter takes", () => {
    let dropping = 0;
    const property = fc.property(deltas(fc.oneof(changing, deleting)), bounds, (all, settings) => {
      const parameter = playbook([], settings);
      lineage(all, settings, (_before, { playbook: after, dropped }) => {
        expect(problemWith(parameter as never, after)).toBeUndefined();
        expect(after.bullets.length).toBeLessThanOrEqual(settings.maxBullets as number);
        expect(playbookText(after).length).toBeLessThanOrEqual((settings.maxTokens as number) * 4);
        expect(new Set(after.bullets.map(({ text }) => keyOf(text))).size).toBe(after.bullets.length);
        dropping += dropped.length;
      });
    });
    fc.assert(property, { numRuns: 200, seed: 3 });
    expect(dropping).toBeGreaterThan(20);
  });

  it("changes all or nothing, and says of each refused operation why", () => {
    const property = fc.property(deltas(fc.oneof(changing, deleting)), bounds, (all, settings) => {
      lineage(all, settings, (before, result, operations) => {
        if (result.refused.length === 0) return;
        expect(result.playbook).toBe(before);
        expect(result).toMatchObject({ added: [], merges: [], dropped: [] });
        for (const { index, reason } of result.refused) {
          expect(operations[index]).toBeDefined();
          expect(reason).toMatch(/^(There is no bullet|The bullet \[|The text is longer)/);
        }
      });
    });
    fc.assert(property, { numRuns: 200, seed: 4 });
  });

  it("leaves out the bullets with the most harm over help first, and of equal ones the oldest", () => {
    const counted = fc.record({ helpful: fc.nat(3), harmful: fc.nat(3) });
    const property = fc.property(fc.array(counted, { maxLength: 12 }), bounds, (counts, settings) => {
      const bullets = counts.map((one, index) => bullet(`b${index + 1}`, `text ${index}`, one));
      const { playbook: after, dropped } = applyDelta(of(...bullets), [], settings);
      expect([...after.bullets, ...dropped]).toHaveLength(bullets.length);
      const ageOf = (one: Bullet) => bullets.findIndex(({ id }) => id === one.id);
      const harm = (one: Bullet) => one.harmful - one.helpful;
      for (const gone of dropped) {
        for (const kept of after.bullets) {
          expect(harm(gone)).toBeGreaterThanOrEqual(harm(kept));
          if (harm(gone) === harm(kept)) expect(ageOf(gone)).toBeLessThan(ageOf(kept));
        }
      }
    });
    fc.assert(property, { numRuns: 300, seed: 5 });
  });

  it("never throws, whatever a model calls an operation", () => {
    const nearly = fc.record(
      {
        type: fc.oneof(fc.constantFrom("ADD", "UPDATE", "MERGE", "DELETE", "TAG", "add", "DROP"), fc.anything()),
        id: fc.anything(),
        ids: fc.oneof(fc.array(fc.anything()), fc.anything()),
        section: fc.anything(),
        text: fc.anything(),
        tag: fc.anything(),
      },
      { requiredKeys: [] },
    );
    const property = fc.property(fc.array(fc.oneof(nearly, fc.anything()), { maxLength: 4 }), (operations) => {
      const book = of(bullet("b1", "one"), bullet("b2", "two"));
      const result = applyDelta(book, operations as PlaybookOperation[]);
      if (result.refused.length > 0) expect(result.playbook).toBe(book);
      for (const { reason } of result.refused) expect(reason.length).toBeLessThan(500);
    });
    fc.assert(property, { numRuns: 500, seed: 6 });
  });
});

describe("applyDelta", () => {
  const book = of(
    bullet("b1", "One.", { helpful: 2, harmful: 1 }),
    bullet("b2", "Two.", { helpful: 3 }),
    bullet("b7", "Three."),
  );

  it("adds, rewrites, merges, deletes and tags", () => {
    const {
      playbook: after,
      added,
      merges,
    } = applyDelta(book, [
      { type: "TAG", id: "b2", tag: "helpful" },
      { type: "TAG", id: "b7", tag: "neutral" },
      { type: "MERGE", ids: ["b2", "b1"], text: "Both.", section: "facts" },
      { type: "DELETE", id: "b7" },
      add("  Four. ", "pitfalls"),
    ]);
    expect(after).toEqual({
      bullets: [
        { id: "b1", section: "facts", text: "Both.", helpful: 6, harmful: 1 },
        { id: "b100", section: "pitfalls", text: "Four.", helpful: 0, harmful: 0 },
      ],
      next: 101,
    });
    expect([added, merges]).toEqual([["b100"], [{ id: "b2", into: "b1" }]]);
    expect(applyDelta(book, [{ type: "UPDATE", id: "b1", text: "New." }]).playbook.bullets[0]).toEqual(
      bullet("b1", "New.", { helpful: 2, harmful: 1 }),
    );
  });

  it("adds nothing where the text stands already, and makes one of two that became equal", () => {
    expect(applyDelta(book, [add(" One. ")])).toMatchObject({ playbook: book, added: [], refused: [] });
    const { playbook: after, merges } = applyDelta(book, [{ type: "UPDATE", id: "b7", text: "One." }]);
    expect(textsOf(after)).toEqual(["b1 One.", "b2 Two."]);
    expect(merges).toEqual([{ id: "b7", into: "b1" }]);
    const other = applyDelta(book, [{ type: "UPDATE", id: "b1", text: "Three." }]);
    expect(other.playbook.bullets.map(({ id, helpful }) => [id, helpful])).toEqual([
      ["b1", 2],
      ["b2", 3],
    ]);
    expect(other.merges).toEqual([{ id: "b7", into: "b1" }]);
  });

  it("knows no bullet that the same operations made or took away", () => {
    const made = applyDelta(book, [add("Four."), { type: "DELETE", id: "b100" }]);
    expect(made.refused).toEqual([{ index: 1, reason: 'There is no bullet "b100". The bullets are: b1, b2, b7.' }]);
    const gone = applyDelta(book, [
      { type: "MERGE", ids: ["b1", "b2"], text: "x" },
      { type: "DELETE", id: "b2" },
    ]);
    expect(gone.refused[0]?.reason).toMatch(/\[b2\] was deleted or merged/);
  });

  it("gives no id that stands in the playbook, whatever its counter says", () => {
    const { playbook: after } = applyDelta({ bullets: [bullet("b5", "Five.")], next: 1 }, [add("Six.")]);
    expect(textsOf(after)).toEqual(["b5 Five.", "b6 Six."]);
  });

  it.each([
    [{ type: "ADD", text: "x" }, /needs "section"/],
    [{ type: "ADD", section: "jokes", text: "x" }, /no section "jokes". The sections are: strategies, facts,/],
    [{ type: "ADD", section: "facts", text: " " }, /needs "text"/],
    [{ type: "MERGE", ids: ["b1", "b1"], text: "x" }, /two or more different/],
    [{ type: "RENAME", id: "b1" }, /"type" is one of ADD, UPDATE/],
    [{ type: "DELETE" }, /needs "id"/],
    [{ type: "TAG", id: "b1", tag: "nice" }, /"tag" is one of/],
    ["DELETE b1", /no operation/],
  ])("refuses %j", (operation, reason) => {
    const { refused, playbook: after } = applyDelta(book, [add("Good."), operation as PlaybookOperation]);
    expect(refused).toMatchObject([{ index: 1, reason: expect.stringMatching(reason) }]);
    expect(after).toBe(book);
  });

  it("refuses a text that is no single piece of advice, or for which even an empty playbook has no room", () => {
    const { refused } = applyDelta(of(), [add("x".repeat(200))], { maxTokens: 20 });
    expect(applyDelta(of(), [add("x".repeat(4_001))]).refused[0]?.reason).toMatch(/4001 characters; the most is 4000/);
    expect(refused[0]?.reason).toMatch(/longer than the whole playbook may be: 20 tokens/);
  });
});

describe("playbookText", () => {
  it("writes a bullet a line, by section", () => {
    const book = of(
      bullet("b1", "One."),
      bullet("b2", "Two.", { section: "facts", helpful: 3 }),
      bullet("b3", "Three."),
    );
    expect(playbookText(book)).toBe("## strategies\n[b1] One.\n[b3] Three.\n\n## facts\n[b2] Two.");
    expect(playbookText(book, { counts: true })).toContain("[b2] (helpful 3, harmful 0) Two.");
    expect(playbookText(of())).toBe("");
  });

  it("lets no text pass for another bullet or a title", () => {
    const breaks = fc.constantFrom("\n", "\r\n", "\r", "\u2028", "\u2029");
    const property = fc.property(fc.array(fc.tuple(breaks, fc.string()), { minLength: 1, maxLength: 4 }), (parts) => {
      const text = `x${parts.map(([line, more]) => `${line}[b9] ${more}${line}## facts`).join("")}`;
      const lines = playbookText(of(bullet("b1", text), bullet("b2", "y"))).split(/\r\n|[\n\r\u2028\u2029]/);
      expect(lines.filter((line) => line.startsWith("["))).toHaveLength(2);
      expect(lines.filter((line) => line.startsWith("##"))).toEqual(["## strategies"]);
    });
    fc.assert(property, { numRuns: 200, seed: 7 });
  });
});

describe("a playbook parameter", () => {
  it("is a value of traced programs like any other", () => {
    const book = playbook(["Read twice.", { text: "The sky is blue.", section: "facts" }], { name: "advice" });
    const prompt = bundle(function prompt(question: string, advice: Playbook): string {
      return `${playbookText(advice)}\n\n${question}`;
    });
    const graph = trace(() => prompt("Why?", book));
    expect(graph.value).toBe("## strategies\n[b1] Read twice.\n\n## facts\n[b2] The sky is blue.\n\nWhy?");
    expect(graph.parameters).toEqual([book]);
    expect(book.map((value) => playbookText(value)).data).toContain("[b1] Read twice.");
    expect([book.name, book.kind, book.trainable]).toEqual(["advice", "json", true]);
  });

  it("begins where a saved one ended", () => {
    const first = playbook(["One."]);
    const grown = applyDelta(first.data, [{ type: "DELETE", id: "b1" }, add("Two.")]).playbook;
    const second = playbook(JSON.parse(JSON.stringify(grown)));
    expect(second.data).toEqual(grown);
    expect(applyDelta(second.data, [{ type: "DELETE", id: "b2" }, add("Three.")]).added).toEqual(["b3"]);
    expect(playbook({ bullets: [bullet("b4", "Four."), bullet("tip", "Tip.")] }).data.next).toBe(5);
  });

  it.each([
    [["x", " "], {}, /text 1: ADD needs "text"/],
    [[{ text: "x", section: "jokes" }], {}, /no section "jokes"/],
    [["x", "y"], { maxBullets: 1 }, /1 of the texts do not fit into 1 bullets/],
    [{ bullets: [bullet("b1", "x"), bullet("b1", "y")] }, {}, /the id "b1" stands twice/],
    [{ bullets: [bullet("b1", "x")], next: 1 }, {}, /"next" is 1, but the id "b1" is in use/],
    [{ bullets: [bullet("b 1", "x")] }, {}, /bullets\.0: its id is/],
    [{ bullets: [bullet("b1", "x", { helpful: -1 })] }, {}, /whole numbers/],
    [{ bullets: [{ ...bullet("b1", "x"), note: "y" }] }, {}, /no field "note"/],
  ])("cannot begin as %j with %j", (start, options, reason) => {
    expect(() => playbook(start as never, options)).toThrow(reason);
  });

  it.each([
    [{ maxBullets: 0 }, /`maxBullets` must be a whole number/],
    [{ maxBullets: 1_001 }, /`maxBullets` must be at most 1000/],
    [{ maxTokens: 30_001 }, /`maxTokens` must be at most 30000/],
    [{ sections: [] }, /`sections` must be one or more/],
    [{ sections: ["a", "a"] }, /`sections` must be one or more/],
    [{ sections: ["a\nb"] }, /`sections` must be one or more/],
  ])("names the option in %j", (options, reason) => {
    expect(() => playbook([], options)).toThrow(reason);
  });

  it("can be rewritten as a whole by other optimizers, within its rules", async () => {
    const book = playbook(["One."], { name: "advice" });
    const answers = [
      { bullets: [bullet("b1", "One."), bullet("b2", "Two.")], next: 2 },
      { bullets: [bullet("b1", "One."), bullet("b2", "Two.")], next: 3 },
    ];
    const llm = scripted((request, index) => {
      expect(JSON.parse(variablesOf(textOf(request, 0))["advice"]?.value as string)).toEqual(playbook(["One."]).data);
      return suggest({ advice: answers[index] });
    });
    trace(() => book.map((value) => playbookText(value))).backward("More advice.");
    const result = await optoPrime(book, { llm }).step();
    expect(result.exchanges).toHaveLength(2);
    expect(textOf(llm.calls[1] as never, -1)).toContain('"next" is 2, but the id "b2" is in use');
    expect(textsOf(book.data)).toEqual(["b1 One.", "b2 Two."]);
  });
});
