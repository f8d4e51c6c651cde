/** Searches as people look at them: the fold of their events, lineage, trade-offs, the report and the console. */

import fc from "fast-check";
import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { consoleProgress } from "../../src/report/console.ts";
import { reportHtml } from "../../src/report/html.ts";
import { lineageOf } from "../../src/report/lineage.ts";
import { chooseCandidates } from "../../src/report/lineage-choice.ts";
import { tradeOffsOf } from "../../src/report/trade-offs.ts";
import { viewOf } from "../../src/report/view.ts";
import type { TrainEvent } from "../../src/training/events.ts";
import { hostileTexts } from "./hostile.ts";
import { FakeTerminal } from "./screen.ts";
import { type Choice, rounds, searchEvents } from "./search-sample.ts";

const wide: readonly (readonly Choice[])[] = Array.from({ length: 40 }, (_, round) =>
  Array.from({ length: 8 }, (__, index) => ({
    parents: index === 7 ? [round * 3, round * 3 + 1] : [round * 5 + index],
    leads: "new" as const,
    score: ((round * 37 + index * 11) % 100) / 100,
    cost: (round * 7 + index) % 10,
    isScored: index !== 3,
  })),
);

describe("the view of a search", () => {
  it("holds each proposal of a round in order, and each program once", () => {
    const base = { score: 0.5, cost: 1, isScored: true };
    const view = viewOf(
      searchEvents([
        [
          { ...base, parents: [0], leads: "new" },
          { ...base, parents: [0], leads: "nothing" },
          { ...base, parents: [0], leads: "nothing" },
        ],
        [{ ...base, parents: [0, 1], leads: "new", score: 0.8 }],
      ]),
    );
    expect(view.steps.map(({ step, number }) => [step, number])).toEqual([
      [1, 1],
      [1, 2],
      [1, 3],
      [2, 1],
    ]);
    const [start, first, merged] = view.candidates;
    expect(start).toMatchObject({ round: 0, origin: "start", parents: [], mean: 0.1, wasBest: true });
    expect(start?.values).toEqual({ prompt: `text of ${start?.id}`, other: 1 });
    expect(first).toMatchObject({ round: 1, parents: [start?.id], mean: 0.5, count: 3, wasBest: true });
    expect(merged).toMatchObject({ round: 2, origin: "merge", parents: [start?.id, first?.id], wasBest: true });
    expect(view.bests.map(({ candidate }) => candidate)).toEqual([first?.id, merged?.id]);
    expect(merged?.objectives["cost"]).toBe(1);
  });
});

describe("a lineage", () => {
  it("has each program once and each edge from a parent to a child, parents above their children", () => {
    fc.assert(
      fc.property(rounds, (choices) => {
        const { candidates } = viewOf(searchEvents(choices));
        const { nodes, edges } = lineageOf(candidates);
        expect(nodes.map(({ candidate }) => candidate.id)).toEqual(candidates.map(({ id }) => id));
        const drawn = edges.map(({ parent, child }) => `${nodes[parent]?.candidate.id} ${nodes[child]?.candidate.id}`);
        const told = candidates.flatMap(({ id, parents }) => parents.map((parent) => `${parent} ${id}`));
        expect([...drawn].sort()).toEqual([...told].sort());
        for (const { parent, child } of edges) {
          expect(nodes[parent]?.generation).toBeLessThan(nodes[child]?.generation as number);
        }
        const places = nodes.map(({ generation, along }) => ({ generation, along }));
        for (const [index, one] of places.entries()) {
          for (const other of places.slice(index + 1)) {
            if (one.generation === other.generation) {
              expect(Math.abs(one.along - other.along)).toBeGreaterThan(1 - 1e-9);
            }
          }
        }
      }),
    );
  });

  it("of circles and of programs that are their own parents is drawn without these", () => {
    const { candidates } = viewOf(searchEvents(wide.slice(0, 2)));
    const twisted = candidates.map((program) => ({
      ...program,
      parents: [program.id, candidates.at(-1)?.id as string],
    }));
    const { nodes, edges } = lineageOf(twisted);
    expect(nodes).toHaveLength(candidates.length);
    expect(edges).toEqual([]);
  });

  it("of many programs shows the best one, what each shown one comes from, and the highest scores", () => {
    const { candidates, bests } = viewOf(searchEvents(wide));
    const leader = candidates.find(({ id }) => id === bests.at(-1)?.candidate);
    const shown = chooseCandidates(candidates, leader, 50);
    const ids = new Set(shown.map(({ id }) => id));
    expect(shown.length).toBeGreaterThan(40);
    expect(shown.length).toBeLessThanOrEqual(50);
    expect(shown).toContain(leader);
    for (const { parents } of shown) for (const parent of parents) expect(ids).toContain(parent);
    // Those that nothing shown comes from are there for their score: nobody better that would have fit is left out.
    const inner = new Set(shown.flatMap(({ parents }) => parents));
    const leaves = shown.filter(({ id }) => !inner.has(id) && id !== leader?.id).map(({ mean = 0 }) => mean);
    const fitting = candidates.filter(({ id, parents }) => !ids.has(id) && parents.every((parent) => ids.has(parent)));
    expect(Math.max(...fitting.map(({ mean = 0 }) => mean))).toBeLessThanOrEqual(Math.min(...leaves));
  });
});

describe("the Pareto front", () => {
  it("is what comparing each program with each other gives", () => {
    fc.assert(
      fc.property(rounds, (choices) => {
        const found = tradeOffsOf(viewOf(searchEvents(choices)));
        const programs = found?.candidates ?? [];
        const figures = (at: number): number[] => {
          const { mean = 0, objectives = {} } = programs[at] ?? {};
          const product = Object.entries(objectives).find(([name]) => name === "__proto__")?.[1] ?? 0;
          return [mean, -(objectives["cost"] ?? 0), product];
        };
        const beats = (a: number[], b: number[]): boolean =>
          a.every((value, at) => value >= (b[at] as number)) && a.some((value, at) => value > (b[at] as number));
        const all = programs.map((_, at) => figures(at));
        const best = programs.filter((_, at) => !all.some((other) => beats(other, all[at] as number[])));
        expect(found?.front.map(({ id }) => id)).toEqual(best.map(({ id }) => id));
      }),
    );
  });

  it("takes no measure into account of which nobody said what is better, and shows it", async () => {
    const [start, ...rest] = searchEvents(wide.slice(0, 3)) as [TrainEvent & { spec: object }, ...TrainEvent[]];
    const view = viewOf([{ ...start, spec: { ...start.spec, objectives: [] } } as TrainEvent, ...rest]);
    expect(tradeOffsOf(view)?.measures.map(({ goal }) => goal)).toEqual([undefined, undefined]);
    const text = parseHTML(await reportHtml(view)).document.querySelector("#trade-offs")?.textContent ?? "";
    expect(text).toContain("does not say whether more or less is better of cost");
    expect(text).not.toContain("Pareto front");
  });
});

type Page = ReturnType<typeof parseHTML>["document"];

/** Each link leads somewhere, no id is there twice, and every picture has a name. */
function checkPage(document: Page): void {
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const link of document.querySelectorAll('a[href^="#"]'))
    expect(ids).toContain(link.getAttribute("href")?.slice(1));
  for (const part of document.querySelectorAll("[role=group], svg, img")) {
    expect(part.getAttribute("aria-label") ?? part.getAttribute("alt")).toBeTruthy();
  }
}

describe("the report of a search", () => {
  it("draws each program with its score in words, linked to its proposal, and marks the best one", async () => {
    const view = viewOf(searchEvents(wide.slice(0, 4)));
    const { document } = parseHTML(await reportHtml(view));
    checkPage(document);
    const nodes = [...document.querySelectorAll("#lineage .node")];
    expect(nodes).toHaveLength(view.candidates.length);
    const best = document.querySelectorAll("#lineage .node.leader");
    expect(best).toHaveLength(1);
    expect(best[0]?.textContent).toContain("★ best");
    const leader = view.candidates.find(({ id }) => id === view.bests.at(-1)?.candidate);
    expect(best[0]?.getAttribute("aria-label")).toContain(leader?.id);
    const target = document.getElementById((best[0]?.getAttribute("href") ?? "").slice(1));
    expect(target?.textContent).toContain(leader?.id.slice(0, 7));
    expect(target?.hasAttribute("open")).toBe(true);
    const edges = view.candidates.reduce((sum, { parents }) => sum + parents.length, 0);
    expect(document.querySelectorAll("#lineage .edge")).toHaveLength(edges);
    expect(document.querySelectorAll("#steps > details")).toHaveLength(view.steps.length);
  });

  it("can be made at every moment of a search", async () => {
    const events = searchEvents(wide.slice(0, 2));
    for (let length = 0; length < events.length; length += 5) {
      checkPage(parseHTML(await reportHtml(viewOf(events.slice(0, length)))).document);
    }
  });

  it("of 300 programs draws 150, leaves no link without an end, and says what is left out", async () => {
    const view = viewOf(searchEvents(wide));
    const { document } = parseHTML(await reportHtml(view));
    checkPage(document);
    const drawn = document.querySelectorAll("#lineage .node").length;
    expect(drawn).toBeLessThanOrEqual(150);
    expect(document.querySelector("#lineage")?.textContent).toContain(
      `${view.candidates.length - drawn} candidates of ${view.candidates.length} left out`,
    );
    const heads = document.querySelectorAll("#examples .card:nth-of-type(1) .heat thead th").length;
    expect(heads).toBeLessThanOrEqual(42);
    expect(document.querySelector("#examples")?.textContent).toMatch(/Left out: \d+ candidates/);
  });

  it("shows how a merged program differs from its second parent too", async () => {
    const base = { score: 0.5, cost: 1, isScored: true };
    const view = viewOf(
      searchEvents([[{ ...base, parents: [0], leads: "new" }], [{ ...base, parents: [0, 1], leads: "new" }]]),
    );
    const { document } = parseHTML(await reportHtml(view));
    const second = view.candidates[1]?.id ?? "";
    expect(document.querySelector("#step-2")?.textContent).toContain(`Against ${second.slice(0, 7)}`);
    expect(document.querySelectorAll("#step-2 .diff")).toHaveLength(2);
  });

  it.each(hostileTexts)("with %s as ids, origins and names of objectives stays text", async (_, hostile) => {
    const words = { id: (index: number) => `${hostile}${index}`, origin: hostile };
    const [start, ...rest] = searchEvents(wide.slice(0, 2), words) as [TrainEvent & { spec: object }, ...TrainEvent[]];
    const spec = {
      ...start.spec,
      objectives: [
        { name: hostile, goal: "minimize" },
        { name: "cost", goal: hostile },
      ],
    };
    const text = await reportHtml(viewOf([{ ...start, spec } as TrainEvent, ...rest]));
    const { document } = parseHTML(text);
    checkPage(document);
    expect(document.querySelectorAll("script, style, iframe, object, embed")).toHaveLength(2);
    for (const element of document.querySelectorAll("*")) {
      for (const { name, value } of element.attributes) {
        expect(name).not.toMatch(/^on|^style$/);
        if (name === "href") expect(value).toMatch(/^#[\w-]*$|^data:,$/);
      }
    }
    expect(text).not.toMatch(/[^\P{Cc}\t\n]|[\u202a-\u202e\u2066-\u2069]|\p{Cs}/u);
  });
});

describe("the console of a search", () => {
  const linesOf = (isTTY: boolean, events: readonly TrainEvent[]): string[] => {
    const terminal = new FakeTerminal({ isTTY, columns: 100 });
    const listener = consoleProgress(terminal.asStream, { env: {}, now: () => 0 });
    for (const event of events) listener(event);
    return terminal.lines;
  };

  it("names the search and the optimizer, and tells of each proposal where its program comes from", () => {
    const events = searchEvents(wide.slice(0, 1));
    const [named, , first] = linesOf(false, events);
    expect(named).toBe("run search-1 started: toy with LocalSearch (no LLM)");
    expect(first).toMatch(/^round 1: proposal \w{7} → \w{7}, changed prompt, train 0\.50$/);
  });

  it("shows round, programs, the best score and the evaluations of the budget on one line", () => {
    const bar = linesOf(true, searchEvents(wide.slice(0, 2)).slice(0, -1)).at(-1);
    expect(bar).toMatch(/^█+░+ {2}round 2 {2}17 candidates {2}\d+\/900 evaluations {2}best 0\.\d\d/);
  });
});
