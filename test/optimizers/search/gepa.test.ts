/** GEPA inside `train`, on a program of two parts where each example needs one of them. */

import { type Node, parameter, type TrainEvent, type TrainOptions, train } from "tracegrad";
import { split } from "tracegrad/data";
import { code } from "tracegrad/guides";
import * as operators from "tracegrad/operators";
import { optoPrime } from "tracegrad/optimizers";
import { type GepaOptions, gepa, type Search } from "tracegrad/search";
import { type ScriptedModel, scripted } from "tracegrad/testing";
import { describe, expect, test } from "vitest";
import { variablesOf } from "../readers.ts";

const wanted = { red: 30, blue: -20 };
type Color = keyof typeof wanted;

const rows = Array.from({ length: 40 }, (_, at) => ({ input: (at % 2 === 0 ? "red" : "blue") as Color, target: at }));

/** Moves the shown variable as the feedback of the prompt says, with chance `skill`; elsewhere otherwise. */
function mover(skill: number): ScriptedModel {
  let state = 7;
  const random = () => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) / 2 ** 32;
  return scripted((request) => {
    const prompt = String(request.messages[0]?.content);
    const suggestion: Record<string, number> = {};
    for (const [name, { value }] of Object.entries(variablesOf(prompt))) {
      const off = new RegExp(`${name} is off by (-?\\d+)`).exec(prompt)?.[1];
      const right = Number(value) + Number(off ?? 0) * 0.8;
      suggestion[name] = Math.round(random() < skill ? right : Number(value) + random() * 6 - 3);
    }
    return JSON.stringify({ reasoning: "By the feedback.", suggestion });
  });
}

type Given = TrainOptions<Color, number, number>;

function options(search: Search, llm = mover(1), changes: Partial<Given> = {}): Given {
  const [red, blue] = [parameter(0, { name: "red" }), parameter(0, { name: "blue" })];
  const guide = code<Color, readonly [string, number, number], number>((input, [, ...values]) => {
    const off = wanted[input] - values[input === "red" ? 0 : 1];
    return { score: 1 - Math.min(1, Math.abs(off) / 50), text: `${input} is off by ${off}` };
  });
  return {
    agent: (input: Color) => operators.makeList<unknown>(input, red, blue) as unknown as Node<number>,
    optimizer: optoPrime([red, blue], { llm }),
    guide: guide as unknown as NonNullable<Given["guide"]>,
    data: split(rows, { train: 20, validation: 12 }),
    search,
    acceptance: "best",
    budget: { evaluations: 250 },
    seed: 3,
    ...changes,
  };
}

async function finalScore(given: Given): Promise<number> {
  return (await train(given).result).best.validation?.mean ?? 0;
}

async function eventsOf(given: Given): Promise<readonly TrainEvent[]> {
  const events: TrainEvent[] = [];
  for await (const event of train(given)) events.push(event);
  return events;
}

test("improves the program, each parameter in its turn", async () => {
  const { best, baseline, spent } = await train(options(gepa())).result;
  expect(baseline.validation?.mean).toBeLessThan(0.6);
  expect(best.validation?.mean).toBeGreaterThan(0.95);
  expect(spent.evaluations).toBeLessThanOrEqual(250);
});

test("a better model leads to a better program", async () => {
  const means: number[] = [];
  for (const skill of [0, 0.15, 1]) {
    let sum = 0;
    for (const seed of [1, 2, 3, 4])
      sum += await finalScore(options(gepa(), mover(skill), { seed, budget: { evaluations: 75 } }));
    means.push(sum / 4);
  }
  expect(means[2]).toBeGreaterThan((means[1] as number) + 0.02);
  expect(means[1]).toBeGreaterThan((means[0] as number) + 0.02);
});

describe("merges", () => {
  test("put together what two programs do well, and keep both as parents", async () => {
    const events = await eventsOf(
      options(gepa({ parallel: { proposals: 2 }, minibatchSize: 4 }), mover(1), { budget: { evaluations: 600 } }),
    );
    const merges = events.flatMap((event) =>
      event.type === "candidate" && event.candidate.origin === "merge" ? [event.candidate] : [],
    );
    expect(merges.length).toBeGreaterThan(0);
    const values = new Map(
      events.flatMap((event) => (event.type === "candidate" ? [[event.candidate.id, event.candidate.values]] : [])),
    );
    for (const { parents, values: own } of merges) {
      expect(parents).toHaveLength(2);
      for (const name of ["red", "blue"]) {
        const inherited = parents.map((id) => (values.get(id) as Record<string, unknown>)[name]);
        expect(inherited).toContain((own as Record<string, unknown>)[name]);
      }
    }
  });

  test("are left out when none are asked for", async () => {
    const events = await eventsOf(options(gepa({ maxMerges: 0, minibatchSize: 1 })));
    expect(events.some((event) => event.type === "candidate" && event.candidate.origin === "merge")).toBe(false);
  });
});

describe("every way to choose", () => {
  const ways: readonly GepaOptions[] = [
    { parent: "best" },
    { parent: { epsilon: 0.3 } },
    { parent: { topK: 2 } },
    { components: "all" },
    { parallel: { parents: 2, proposals: 2 }, keep: "best" },
    { parallel: { proposals: 3 }, keep: { topK: 2 } },
  ];
  for (const way of ways) {
    test(`improves the program: ${JSON.stringify(way)}`, async () => {
      expect(await finalScore(options(gepa(way)))).toBeGreaterThan(0.85);
    });
  }

  test("is the same at any concurrency", async () => {
    const search = () => gepa({ parallel: { parents: 2, proposals: 2 } });
    const run = async (concurrency: number) => {
      const { spent, ...result } = await train(options(search(), mover(1), { concurrency })).result;
      return JSON.stringify({ ...result, calls: spent.evaluations });
    };
    expect(await run(16)).toBe(await run(1));
  });

  test("cannot be what makes no sense, before anything is spent", () => {
    for (const bad of [{ minibatchSize: 0 }, { parent: { epsilon: 2 } }, { keep: "some" }, { frontKind: "all" }]) {
      expect(() => gepa(bad as GepaOptions)).toThrow(expect.objectContaining({ code: "bad-option" }));
    }
    expect(() => train(options(gepa({ frontKind: "objective" })))).toThrow(/objectives/);
  });
});

describe("models that are of no use", () => {
  const useless = {
    "one that changes nothing": () => JSON.stringify({ reasoning: "", suggestion: {} }),
    "one that answers nonsense": () => "no JSON at all",
    "one that names what is not there": () =>
      JSON.stringify({ reasoning: "", suggestion: { green: 1, constructor: 2 } }),
    "one with a value of another type": () => JSON.stringify({ reasoning: "", suggestion: { red: "thirty" } }),
    "one that is cut": () => ({ text: '{"reasoning": "', stopReason: "length" as const }),
  };
  for (const [name, answer] of Object.entries(useless)) {
    test(`${name} leaves the program as it was, and the run ends`, async () => {
      const { best, baseline, reason } = await train(options(gepa(), scripted(answer))).result;
      expect(best).toEqual(baseline);
      expect(["idle", "budget"]).toContain(reason);
    });
  }
});
