/** Searches inside `train`, by a small search of the test's own: durability, budgets, acceptance, lineage. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  batch,
  estimate,
  type Json,
  type Node,
  parameter,
  study,
  type TrainEvent,
  type TrainOptions,
  type TrainResult,
  train,
} from "tracegrad";
import { split } from "tracegrad/data";
import { code } from "tracegrad/guides";
import { add } from "tracegrad/operators";
import { optoPrime } from "tracegrad/optimizers";
import type { Search } from "tracegrad/search";
import { scripted } from "tracegrad/testing";
import { afterEach, describe, expect, test } from "vitest";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "tracegrad-search-"));
  folders.push(made);
  return join(made, "run");
}

/** Reads the number and the feedback of the prompt, and moves half of the way that the feedback tells. */
function halfway() {
  return scripted(async (request) => {
    const prompt = String(request.messages[0]?.content);
    const now = Number(/\(number\) offset[^]*?```\n(-?[\d.]+)\n```/.exec(prompt)?.[1]);
    const off = [...prompt.matchAll(/off by (-?[\d.]+)/g)].map(([, size]) => Number(size));
    const mean = off.reduce((sum, one) => sum + one, 0) / off.length;
    // Answers come in another order than questions.
    await new Promise((resolve) => setTimeout(resolve, Math.abs(now * 7) % 5));
    return JSON.stringify({ reasoning: "Half of the way.", suggestion: { offset: now + mean / 2 } });
  });
}

type Seen = { readonly last: string; readonly drawn: number[] } & Json;

/**
 * Each round rewrites the newest program twice, scores what is new, and puts the two newest together by a rule of its
 * own.
 */
function toy(rounds = Number.POSITIVE_INFINITY): Search<Seen> {
  return {
    name: "toy",
    settings: {},
    init: (start) => ({ last: start.id, drawn: [] }),
    async round({ last, drawn }, context) {
      const examples = [0, 1].map(() => context.train[context.rng.integer(context.train.length)] as string);
      const [one = [], other = []] = await context.run(
        examples.map((example) => ({ candidate: last, examples: [example] })),
      );
      const proposed = await context.propose([one, other].map((rollouts) => ({ parent: last, rollouts })));
      const candidates = proposed.map(({ candidate }) => candidate).filter((candidate) => candidate !== undefined);
      await context.evaluate(candidates.map(({ id }) => ({ candidate: id })));
      const [first, second] = candidates;
      if (first !== undefined && second !== undefined && first.id !== second.id) {
        const offset = (Number(first.values["offset"]) + Number(second.values["offset"])) / 2;
        const [added] = await context.add([{ values: { offset }, parents: [first.id, second.id], origin: "mean" }]);
        await context.evaluate([{ candidate: added?.candidate?.id as string }]);
      }
      const state = { last: context.candidates().at(-1)?.id ?? last, drawn: [...drawn, context.rng.integer(1000)] };
      return { state, done: context.round >= rounds };
    },
  };
}

const rows = Array.from({ length: 12 }, (_, index) => ({ input: index, target: index + 8 + (index % 3) }));

function options(changes: Partial<TrainOptions<number, number, number>> = {}): TrainOptions<number, number, number> {
  const offset = parameter(0, { name: "offset" });
  const guide = code<number, number, number>((_input, output, target) => {
    const off = target - output;
    return { score: 1 / (1 + Math.abs(off)), text: `off by ${off}`, objectives: { distance: Math.abs(off) } };
  });
  return {
    agent: (input: number): Node<number> => add(input, offset),
    optimizer: optoPrime(offset, { llm: halfway() }),
    guide,
    data: split(rows, { train: 6, validation: 6 }),
    search: toy(),
    acceptance: "best",
    budget: { steps: 3 },
    ...changes,
  };
}

async function eventsOf(given: TrainOptions<number, number, number>): Promise<TrainEvent[]> {
  const events: TrainEvent[] = [];
  for await (const event of train(given)) events.push(event);
  return events;
}

function bytes(result: TrainResult): string {
  return JSON.stringify({ ...result, spent: { ...result.spent, seconds: 0 } });
}

test("a search improves the program, and leaves the best one live", async () => {
  const given = options();
  const { best, baseline, candidates, reason } = await train(given).result;
  expect(reason).toBe("budget");
  expect(best.validation?.mean).toBeGreaterThan(2 * (baseline.validation?.mean ?? 1));
  expect(given.optimizer.parameters[0]?.data).toBe(best.values["offset"]);
  expect(Math.max(...candidates.map(({ validation }) => validation?.mean ?? 0))).toBe(best.validation?.mean);
});

test("programs know where they come from, and events tell of each once", async () => {
  const events = await eventsOf(options());
  const entered = events.flatMap((event) => (event.type === "candidate" ? [event.candidate] : []));
  expect(new Set(entered.map(({ id }) => id)).size).toBe(entered.length);
  const ids = new Set(entered.map(({ id }) => id));
  const means = entered.filter(({ origin }) => origin === "mean");
  expect(means.length).toBeGreaterThan(0);
  for (const { parents } of means) expect(parents.every((id) => ids.has(id))).toBe(true);
  const steps = events.flatMap((event) => (event.type === "step" ? [event.proposal] : []));
  expect(
    steps.filter(({ candidate }) => candidate !== undefined).every(({ candidate }) => ids.has(candidate as string)),
  ).toBe(true);
});

test("is the same at any concurrency", async () => {
  const alone = await train(options({ concurrency: 1 })).result;
  const together = await train(options({ concurrency: 16 })).result;
  expect(bytes(together)).toBe(bytes(alone));
});

describe("a durable search", () => {
  test("that was stopped anywhere ends as one that was not", async () => {
    const whole = await train(options({ folder: folder() })).result;
    for (let calls = 1; calls <= whole.spent.evaluations; calls += 5) {
      const place = folder();
      const stopped = (after: number): ReturnType<typeof options> => {
        let left = after;
        const stop = new AbortController();
        const given = options({ folder: place, signal: stop.signal });
        const { guide } = given;
        const stopping = (...run: Parameters<NonNullable<typeof guide>>) => {
          if (left-- === 0) stop.abort();
          return (guide as NonNullable<typeof guide>)(...run);
        };
        Object.defineProperty(stopping, "name", { value: guide?.name });
        return { ...given, guide: stopping };
      };
      await train(stopped(calls)).result.catch(() => undefined);
      const resumed = await train(stopped(Number.POSITIVE_INFINITY)).result;
      expect(bytes(resumed), `stopped after ${calls} evaluations`).toBe(bytes(whole));
    }
  });

  test("goes on with a larger budget as if it had had it from the start", async () => {
    const place = folder();
    await train(options({ folder: place, budget: { evaluations: 25 } })).result;
    const { best, spent } = await train(options({ folder: place, budget: { evaluations: 60 } })).result;
    const whole = await train(options({ budget: { evaluations: 60 } })).result;
    expect(best).toEqual(whole.best);
    expect(spent.evaluations).toBe(whole.spent.evaluations);
  });
});

describe("budgets", () => {
  test("of evaluations are never exceeded, and what a cut round had earned is kept", async () => {
    for (const evaluations of [6, 7, 13, 20, 33]) {
      const { spent, best, baseline, reason } = await train(options({ budget: { evaluations } })).result;
      expect(spent.evaluations).toBeLessThanOrEqual(evaluations);
      expect(reason).toBe("budget");
      if (evaluations >= 20) expect(best.validation?.mean).toBeGreaterThan(baseline.validation?.mean ?? 1);
    }
  });

  test("a search that is done ends the run", async () => {
    const { reason, spent } = await train(options({ search: toy(2), budget: { evaluations: 10_000 } })).result;
    expect(reason).toBe("done");
    expect(spent.steps).toBe(2);
  });

  test("a model that changes nothing does not keep a search going for ever", async () => {
    const llm = scripted(() => JSON.stringify({ reasoning: "", suggestion: {} }));
    const offset = parameter(0, { name: "offset" });
    const agent = (input: number): Node<number> => add(input, offset);
    const given = options({ agent, optimizer: optoPrime(offset, { llm }), budget: { evaluations: 10_000 } });
    const { reason, best, baseline } = await train(given).result;
    expect(reason).toBe("idle");
    expect(best).toEqual(baseline);
  });
});

test("what the guide measured reaches the outcomes and the prompt", async () => {
  const llm = halfway();
  const offset = parameter(0, { name: "offset" });
  const agent = (input: number): Node<number> => add(input, offset);
  const objectives = [{ name: "distance", goal: "minimize" as const }];
  const { baseline } = await train(options({ agent, optimizer: optoPrime(offset, { llm }), objectives })).result;
  expect(baseline.validation?.outcomes[0]?.objectives).toEqual({ distance: 8 });
  expect(JSON.stringify(llm.calls[0])).toContain("distance: ");
});

describe("acceptance", () => {
  test("a proof needs validation examples enough to prove anything", () => {
    const data = split(rows, { train: 6, validation: 6 });
    expect(() => train(options({ data, acceptance: "proven" }))).toThrow(/wins all 3 deciding validation examples/);
  });

  test("a proof ships what a clear improvement is", async () => {
    const many = Array.from({ length: 60 }, (_, index) => ({ input: index, target: index + 8 + (index % 3) }));
    const data = split(many, { train: 6, validation: 40 });
    const { best, baseline } = await train(options({ data, acceptance: "proven" })).result;
    expect(best.id).not.toBe(baseline.id);
  });

  test("options that cannot be are refused before anything is spent", () => {
    const llm = halfway();
    const offset = parameter(0, { name: "offset" });
    const optimizer = optoPrime(offset, { llm });
    for (const bad of [
      { selection: "last" as const },
      { rollback: { onFailure: true } },
      { template: batch(3) },
      { data: split(rows, { train: 6, validation: 0 }) },
      { objectives: [{ name: "", goal: "maximize" as const }] },
    ]) {
      expect(() => train(options({ optimizer, ...bad }))).toThrow(expect.objectContaining({ code: "bad-option" }));
    }
    expect(() => train(options({ acceptance: { alpha: 2 } }))).toThrow(/between 0 and 1/);
    expect(() => train(options({ template: batch(3) }))).toThrow(/`template` is for plain steps\. Remove it/);
    expect(llm.calls).toHaveLength(0);
  });
});

test("a batch of work while another is under way is refused", async () => {
  const hasty: Search = {
    name: "hasty",
    settings: {},
    init: () => null,
    async round(_, context) {
      const examples = context.train.slice(0, 1);
      const request = { candidate: context.candidates()[0]?.id as string, examples };
      await Promise.all([context.run([request]), context.run([request])]);
      return { state: null };
    },
  };
  await expect(train(options({ search: hasty })).result).rejects.toThrow(/another was running/);
});

test("a study compares searches as it compares anything else", async () => {
  const compared = study(
    ({ rounds }) => {
      const data = split([...rows, ...rows.map(({ input, target }) => ({ input: input + 50, target: target + 50 }))], {
        train: 6,
        validation: 6,
      });
      return options({ data, search: toy(rounds as number), budget: { evaluations: 200 } }) as TrainOptions;
    },
    { rounds: [1, 3] },
    { trials: 2, budget: { evaluations: 500 } },
  );
  const { rows: cells } = await compared.result;
  const [few, many] = cells.map(({ best }) => best?.mean ?? 0) as [number, number];
  expect(cells.flatMap(({ trials }) => trials.map(({ status }) => status))).toEqual(Array(4).fill("finished"));
  expect(many).toBeGreaterThan(few);
});

test("what a search takes cannot be estimated, and is said to be what its budget allows", () => {
  const one = { llmCalls: 1, inputTokens: 1, outputTokens: 1 };
  expect(() => estimate(options(), { perRun: one, perStep: one })).toThrow(/budget/);
});
