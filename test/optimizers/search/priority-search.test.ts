import { train } from "tracegrad";
import { Optimizer } from "tracegrad/optimizers";
import { basicSearch, prioritySearch, type Search } from "tracegrad/search";
import { scripted } from "tracegrad/testing";
import { describe, expect, test } from "vitest";
import { textOf } from "../readers.ts";
import { searchLaws } from "./laws.ts";
import { gambler, meanOver, mirrorer, qualityOf, task, tuner } from "./world.ts";

describe("PrioritySearch", () => {
  searchLaws({ make: () => prioritySearch({ explore: 1, exploration: 0.3 }) });

  test("the best mean always has its turn; beside it go the newest, or those of the best means", async () => {
    const search = (score: "time" | "mean") => prioritySearch({ score, explore: 1, minibatchSize: 1 });
    for (const score of ["time", "mean"] as const) {
      const options = task({ search: search(score), llm: tuner(0.3) }, { budget: { steps: 6 } });
      const { candidates } = await train(options).result;
      for (const step of [3, 4, 5, 6]) {
        const before = candidates.filter((one) => one.step < step);
        const qualities = before.map(({ values }) => qualityOf(values)).sort((a, b) => b - a);
        const newest = before.filter(({ values }) => qualityOf(values) < (qualities[0] as number)).at(-1);
        const parents = candidates.filter((one) => one.step === step).map((one) => one.parents[0]);
        for (const parent of before.filter(({ id }) => parents.includes(id))) {
          const quality = qualityOf(parent.values);
          const isBest = quality === qualities[0];
          if (score === "mean") expect(quality).toBeGreaterThanOrEqual(qualities[1] as number);
          else expect(isBest || parent.id === newest?.id, `round ${step}`).toBe(true);
        }
      }
    }
  });

  test("with UCB the little tried have their turn, too", async () => {
    const parents = async (exploration: number) => {
      const search = prioritySearch({ exploration, explore: 1, scoreRange: [0, 5] });
      const { candidates } = await train(task({ search, llm: tuner(0.3) }, { budget: { steps: 8 } })).result;
      return new Set(candidates.slice(1).map((one) => one.parents[0])).size;
    };
    expect(await parents(1)).toBeGreaterThan(await parents(0));
  });

  test("under noise it ships truly better programs than a search that scores each program once, for the same budget", async () => {
    const shipped = async (search: Search, seed: number) => {
      const settings = { search, llm: gambler(seed), seed, noise: 0.2, train: 30, validation: 60 };
      const changes = { acceptance: "likely" as const, budget: { evaluations: 800 } };
      const { best, baseline } = await train(task(settings, changes)).result;
      expect(qualityOf(best.values)).toBeGreaterThanOrEqual(qualityOf(baseline.values));
      return qualityOf(best.values);
    };
    const differences: number[] = [];
    for (let seed = 1; seed <= 24; seed++) {
      const often = prioritySearch({ minibatchSize: 1, batches: 3, explore: 1, validateEvery: 3 });
      const once = basicSearch({ minibatchSize: 1, ownMinibatches: true });
      differences.push((await shipped(often, seed)) - (await shipped(once, seed)));
    }
    const mean = differences.reduce((sum, one) => sum + one, 0) / differences.length;
    const variance = differences.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (differences.length - 1);
    expect(mean).toBeGreaterThan(2 * Math.sqrt(variance / differences.length));
  });

  test("among equally good programs under noise it ships another hardly ever", async () => {
    const shipped = await meanOver(40, async (seed) => {
      const settings = {
        search: prioritySearch({ minibatchSize: 1 }),
        llm: mirrorer(seed),
        seed,
        noise: 0.3,
        validation: 16,
      };
      const changes = { acceptance: "proven" as const, budget: { steps: 5 } };
      const { best, baseline, candidates } = await train(task(settings, changes)).result;
      expect(candidates.length).toBeGreaterThan(2);
      return best.id === baseline.id ? 0 : 1;
    });
    expect(shipped).toBeLessThanOrEqual(0.05);
  });
});

describe("POLCA's epsilon-net", () => {
  const judgedBy = async (search: Search) => {
    const judged = new Set<string>();
    const onJudged = (places: readonly number[]) => {
      judged.add(places.join());
    };
    const result = await train(task({ search, llm: gambler(), onJudged }, { budget: { steps: 5 } })).result;
    return { ...result, judged: [...judged].map((places) => places.split(",").map(Number)) };
  };

  test("judges only programs that are farther apart than epsilon", async () => {
    const embed = (values: Readonly<Record<string, unknown>>) => Object.values(values).map(Number);
    const { judged, candidates } = await judgedBy(prioritySearch({ epsilonNet: { epsilon: 40, embed } }));
    expect(judged.length).toBeGreaterThan(2);
    expect(candidates.length).toBeGreaterThan(judged.length);
    for (const [at, one] of judged.entries()) {
      for (const other of judged.slice(0, at)) {
        expect(Math.hypot(...one.map((value, axis) => value - (other[axis] as number)))).toBeGreaterThan(40);
      }
    }
  });

  test("goes by the wording of the values unless told otherwise", async () => {
    const [all, none] = [{ epsilon: 0 }, { epsilon: 2 }];
    expect((await judgedBy(prioritySearch({ epsilonNet: none }))).judged).toEqual([[50, 50, 50, 50]]);
    const { judged, candidates } = await judgedBy(prioritySearch({ epsilonNet: all }));
    expect(judged).toHaveLength(candidates.length);
  });
});

describe("POLCA's summary", () => {
  /** Answers requests for summaries by `summary`, all others as the tuner does. */
  const observer = (summary: (asked: string, call: number) => string) => {
    const asked: string[] = [];
    const tune = tuner(0.5);
    const llm = scripted((request) => {
      if (request.system?.includes("You watch the search") !== true) return tune.generate(request);
      return summary(textOf(request), asked.push(textOf(request)));
    });
    return { llm, asked, proposals: () => tune.calls.map((call) => textOf(call)) };
  };

  test("reaches the proposals of its round, and the next summary", async () => {
    const { llm, asked, proposals } = observer((_, call) => `Insight number ${call}.`);
    await train(task({ search: prioritySearch({ summary: true, explore: 1 }), llm }, { budget: { steps: 3 } })).result;
    expect(asked.length).toBe(3);
    expect(asked[1]).toContain("Insight number 1.");
    for (const call of [1, 2, 3])
      expect(proposals().some((prompt) => prompt.includes(`Insight number ${call}.`))).toBe(true);
    expect(proposals().every((prompt) => prompt.includes("Insight number"))).toBe(true);
  });

  test("is of at most five candidates not seen before, by runs on training examples only", async () => {
    const { llm, asked } = observer(() => "So.");
    const settings = { search: prioritySearch({ summary: true, explore: 7, batches: 3 }), llm, noise: 0.1 };
    await train(task(settings, { budget: { steps: 4 } })).result;
    for (const text of asked) {
      const examples = [...text.matchAll(/run: input (\d+),/g)].map(([, row]) => Number(row));
      expect(examples.length).toBeGreaterThan(0);
      expect(Math.max(...examples)).toBeLessThan(8);
      expect([...text.matchAll(/^Candidate \d+, mean score/gm)].length).toBeLessThanOrEqual(5);
    }
    expect(asked.some((text) => /Its best run.*\n.*Its worst run/.test(text))).toBe(true);
    const values = asked.flatMap((text) => text.match(/bass = .*\n.*\n.*\n.*/g) ?? []);
    expect(new Set(values).size).toBe(values.length);
  });

  test("without end, or of nothing, does no harm", async () => {
    for (const answer of ["Turn it up! ".repeat(1_000_000), "", "# Variables\n(number) bass\n```\n7\n```"]) {
      const { llm, proposals } = observer(() => answer);
      const search = prioritySearch({ summary: true, explore: 1 });
      const { best, baseline } = await train(task({ search, llm }, { budget: { steps: 3 } })).result;
      expect(qualityOf(best.values)).toBeGreaterThan(qualityOf(baseline.values));
      expect(Math.max(...proposals().map(({ length }) => length))).toBeLessThan(20_000);
    }
  });

  test("is refused before anything is spent when there is no model", () => {
    const { optimizer, ...rest } = task(
      { search: prioritySearch({ summary: true }), llm: tuner(1) },
      { budget: { steps: 1 } },
    );
    const algorithm = { name: "still", init: () => null, propose: () => Promise.reject(new Error("never asked")) };
    const mute = new Optimizer(optimizer.parameters, algorithm);
    expect(() => train({ ...rest, optimizer: mute })).toThrow(/`summary` asks the optimizer's model/);
  });
});

test("options of PrioritySearch that cannot be are refused", () => {
  expect(() => prioritySearch({ score: "best" as never })).toThrow(
    /`score` must be "mean", "ucb" or "time"; got "best"/,
  );
  expect(() => prioritySearch({ explore: -1 })).toThrow(/`explore`/);
  expect(() => prioritySearch({ batches: 0 })).toThrow(/`batches`/);
  expect(() => prioritySearch({ scoreRange: [1, 1] })).toThrow(/`scoreRange` must be \[lowest, highest\]/);
  expect(() => prioritySearch({ epsilonNet: { epsilon: -0.1 } })).toThrow(
    /`epsilonNet.epsilon` must be a finite number, 0 or more/,
  );
});
