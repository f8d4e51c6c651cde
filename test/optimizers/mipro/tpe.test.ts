import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dimensionsOf, type NumericPoint, valueIn, type WithName } from "../../../src/optimizers/mipro/dimensions.ts";
import {
  bestByRatio,
  logDensity,
  observationWeights,
  parzenEstimator,
  samplePoint,
} from "../../../src/optimizers/mipro/parzen.ts";
import { gamma, splitTrials, suggestByTpe, type Trial } from "../../../src/optimizers/mipro/tpe.ts";
import { choices } from "../../../src/optimizers/space/choices.ts";
import { number } from "../../../src/optimizers/space/number.ts";
import { spaceOf } from "../../../src/optimizers/space/space.ts";
import { subset } from "../../../src/optimizers/space/subset.ts";
import { seeded } from "../../../src/util/rng.ts";

interface Estimated {
  readonly space: readonly WithName[];
  readonly observations: readonly NumericPoint[];
  readonly weights: readonly number[];
  readonly kernels: readonly {
    readonly weights?: readonly (readonly number[])[];
    readonly mus?: readonly number[];
    readonly sigmas?: readonly number[];
  }[];
  readonly probes: readonly NumericPoint[];
  readonly logPdf: readonly number[];
}
interface Chosen {
  readonly space: readonly WithName[];
  readonly goal: "maximize" | "minimize";
  readonly trials: readonly Trial[];
  readonly gamma: number;
  readonly below: readonly number[];
  readonly above: readonly number[];
  readonly candidates: readonly NumericPoint[];
  readonly gains: readonly number[];
  readonly chosen: number;
}
const optuna: {
  readonly origin: string;
  readonly gamma: readonly (readonly [number, number])[];
  readonly defaultWeights: readonly (readonly [number, readonly number[]])[];
  readonly estimators: readonly Estimated[];
  readonly choices: readonly Chosen[];
} = JSON.parse(readFileSync("test/fixtures/optimizers/optuna-tpe.json", "utf8"));

function expectClose(mine: readonly number[] | undefined, theirs: readonly number[] | undefined): void {
  expect(mine?.length).toBe(theirs?.length);
  for (const [at, value] of (theirs ?? []).entries()) expect(mine?.[at]).toBeCloseTo(value, 9);
}

describe("on the data that Optuna recorded", () => {
  it("the fixture says where it is from", () => {
    expect(optuna.origin).toContain("optuna 5.0.0");
    expect([optuna.estimators.length, optuna.choices.length]).toEqual([28, 21]);
  });

  it("gamma and the weights of observations are the same", () => {
    for (const [count, below] of optuna.gamma) expect(gamma(count)).toBe(below);
    for (const [count, weights] of optuna.defaultWeights) expectClose(observationWeights(count), weights);
  });

  it.each([...optuna.estimators.entries()])(
    "estimator %i has the same weights, kernels and log densities",
    (_, one) => {
      const estimator = parzenEstimator(one.space, one.observations);
      expectClose(estimator.weights, one.weights);
      for (const [at, expected] of one.kernels.entries()) {
        const kernels = estimator.kernels[at];
        if (kernels && "mus" in kernels) {
          expectClose(kernels.mus, expected.mus);
          expectClose(kernels.sigmas, expected.sigmas);
        } else {
          for (const [row, weights] of (expected.weights ?? []).entries()) expectClose(kernels?.weights[row], weights);
          expect(kernels?.weights).toHaveLength(expected.weights?.length as number);
        }
      }
      expectClose(
        one.probes.map((probe) => logDensity(estimator, probe)),
        one.logPdf,
      );
    },
  );

  it.each([...optuna.choices.entries()])("study %i is split the same, and the same candidate is taken", (_, one) => {
    const trials = one.trials.map(({ values, score }, number) => ({
      values,
      number,
      score: one.goal === "maximize" ? score : -score,
    }));
    expect(gamma(trials.length)).toBe(one.gamma);
    const { below, above } = splitTrials(trials, one.gamma);
    expect(below.map(({ number }) => number)).toEqual(one.below);
    expect(above.map(({ number }) => number)).toEqual(one.above);
    const [good, others] = [below, above].map((part) =>
      parzenEstimator(
        one.space,
        part.map(({ values }) => values),
      ),
    ) as [ReturnType<typeof parzenEstimator>, ReturnType<typeof parzenEstimator>];
    expectClose(
      one.candidates.map((point) => logDensity(good, point) - logDensity(others, point)),
      one.gains,
    );
    expect(bestByRatio(one.candidates, good, others)).toBe(one.chosen);
  });
});

const space = spaceOf({
  instruction: choices(["short", "long", "strict"]),
  demos: number({ min: 0, max: 4, step: 1 }),
  rate: number({ min: 0.01, max: 1, scale: "log" }),
  fixed: number({ min: 2, max: 2 }),
});
const dimensions = dimensionsOf(space);
const points = fc.nat().map((seed) => space.random(seeded(seed)) as NumericPoint);

describe("a Parzen estimator", () => {
  it("is a distribution: over choices and integers the densities add up to 1", () => {
    const discrete = dimensions.slice(0, 2);
    const all = [0, 1, 2].flatMap((instruction) => [0, 1, 2, 3, 4].map((demos) => ({ instruction, demos })));
    fc.assert(
      fc.property(fc.array(points, { maxLength: 40 }), (observations) => {
        const estimator = parzenEstimator(discrete, observations);
        expect(all.reduce((sum, point) => sum + Math.exp(logDensity(estimator, point)), 0)).toBeCloseTo(1, 10);
      }),
    );
  });

  it("is a distribution over numbers: the density integrates to 1", () => {
    const one: WithName[] = [{ name: "x", kind: "float", low: -1, high: 3 }];
    const estimator = parzenEstimator(one, [{ x: -1 }, { x: 0.5 }, { x: 0.6 }]);
    const steps = 20_000;
    const sum = Array.from({ length: steps }, (_, at) =>
      Math.exp(logDensity(estimator, { x: -1 + (4 * (at + 0.5)) / steps })),
    );
    expect((sum.reduce((total, value) => total + value, 0) * 4) / steps).toBeCloseTo(1, 5);
  });

  it("draws as often as its density says, and only what is in the space", () => {
    const discrete = dimensions.slice(0, 2);
    const estimator = parzenEstimator(discrete, [
      { instruction: 1, demos: 4 },
      { instruction: 1, demos: 3 },
    ]);
    const rng = seeded("draws");
    const draws = Array.from({ length: 20_000 }, () => samplePoint(estimator, rng));
    for (const point of draws) for (const dimension of discrete) valueIn(dimension, point);
    for (const point of [
      { instruction: 1, demos: 4 },
      { instruction: 0, demos: 0 },
    ]) {
      const share = draws.filter(
        (draw) => draw["instruction"] === point.instruction && draw["demos"] === point.demos,
      ).length;
      expect(share / draws.length).toBeCloseTo(Math.exp(logDensity(estimator, point)), 1.7);
    }
  });
});

describe("suggest", () => {
  it("gives a point of the space, the same for the same seed, whatever was tried", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(points, fc.integer({ min: 0, max: 3 })), { maxLength: 30 }),
        fc.nat(),
        (rows, seed) => {
          const trials = rows.map(([values, score]) => ({ values, score }));
          const point = suggestByTpe(space, trials, seeded(seed), {
            pending: rows.slice(0, 2).map(([values]) => values),
          });
          for (const dimension of dimensions) valueIn(dimension, point);
          expect(Object.keys(point)).toHaveLength(space.names.length);
          expect(
            suggestByTpe(space, trials, seeded(seed), { pending: rows.slice(0, 2).map(([values]) => values) }),
          ).toEqual(point);
        },
      ),
    );
  });

  it("finds a joint optimum with fewer trials than random search, in the mean of 20 runs", () => {
    const names = ["d0", "d1", "d2", "d3"];
    const grid = spaceOf(Object.fromEntries(names.map((name) => [name, choices([0, 1, 2, 3, 4, 5])])));
    const score = (point: NumericPoint) => names.filter((name) => point[name] === 4).length;
    const best = (seed: number, startupTrials: number) => {
      const rng = seeded(`tpe ${seed}`);
      const trials: Trial[] = [];
      while (trials.length < 60) {
        const values = suggestByTpe(grid, trials, rng, { startupTrials });
        trials.push({ values, score: score(values) });
      }
      return Math.max(...trials.map((trial) => trial.score));
    };
    const runs = Array.from({ length: 20 }, (_, seed) => [best(seed, 10), best(seed, 1000)] as const);
    const mean = (at: 0 | 1) => runs.reduce((sum, run) => sum + run[at], 0) / runs.length;
    expect(mean(0)).toBeGreaterThan(mean(1) + 0.5);
  });

  it("goes for the low end of a number where that is good", () => {
    const line = spaceOf({ x: number({ min: 0, max: 1 }) });
    const rng = seeded(5);
    const trials: Trial[] = [];
    while (trials.length < 40) {
      const values = suggestByTpe(line, trials, rng);
      trials.push({ values, score: -(values["x"] as number) });
    }
    const late = trials.slice(20).reduce((sum, { score }) => sum - score, 0) / 20;
    expect(late).toBeLessThan(0.25);
  });

  it("counts what is being tried among the bad: choices that are pending come less often", () => {
    const one = spaceOf({ c: choices([0, 1, 2, 3, 4, 5, 6, 7]) });
    const trials = Array.from({ length: 12 }, (_, at) => ({ values: { c: at % 8 }, score: 0 }));
    const rng = seeded(6);
    const share = (pending: NumericPoint[]) =>
      Array.from({ length: 300 }, () => suggestByTpe(one, trials, rng, { pending, candidates: 4 })).filter(
        ({ c }) => c === 1,
      ).length;
    expect(share(Array.from({ length: 20 }, () => ({ c: 1 })))).toBeLessThan(share([]) / 2);
  });

  it("refuses spaces that it cannot read, trials and options by name", () => {
    const parts = spaceOf({ a: choices([1, 2]), parts: subset(["x", "y"]) });
    expect(() => suggestByTpe(parts, [], seeded(1))).toThrow('The domain of "parts" is not a dimension');
    const grid = spaceOf({ rate: number({ min: 0, max: 1, step: 0.1 }) });
    expect(() => suggestByTpe(grid, [], seeded(1))).toThrow('The domain of "rate" is not a dimension');
    const trials = Array.from({ length: 10 }, () => ({
      values: space.random(seeded(1)) as NumericPoint,
      score: 1,
    }));
    expect(() => suggestByTpe(space, [...trials, { values: {}, score: 1 }], seeded(1))).toThrow('"instruction" is NaN');
    expect(() => suggestByTpe(space, [...trials, { values: {}, score: Number.NaN }], seeded(1))).toThrow(
      "score of trial 10",
    );
    expect(() => suggestByTpe(space, [], seeded(1), { candidates: 0 })).toThrow("`candidates`");
    const estimator = parzenEstimator(dimensions, []);
    expect(() => bestByRatio([], estimator, estimator)).toThrow("no candidate");
  });
});
