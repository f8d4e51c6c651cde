/** Which fits of the toolkit are made again. */

import { expect, it } from "vitest";
import { fitBoosting, fitForest } from "../../../examples/pipelines/toolkit/ensembles.ts";
import { FitMemory } from "../../../examples/pipelines/toolkit/fit-once.ts";
import { fitLogistic, fitRidge } from "../../../examples/pipelines/toolkit/linear.ts";

const x = Array.from({ length: 60 }, (_, row) => [row, (row * 7) % 11, row % 2]);
const y: readonly number[] = x.map(([a = 0, b = 0]) => (a > 30 !== b > 5 ? 1 : 0));

it.each([
  ["fitRidge", fitRidge, { alpha: 1 }, { alpha: 2 }],
  ["fitLogistic", fitLogistic, { alpha: 1 }, { alpha: 2 }],
  ["fitBoosting", fitBoosting, { rounds: 3 }, { rounds: 4 }],
  ["fitForest", fitForest, { trees: 3 }, { trees: 3, seed: 2 }],
] as const)("%s is made again for other rows, targets and options only", (_, given, options, others) => {
  const fit = given as (x: readonly number[][], y: readonly number[], options: object) => unknown;
  const model = fit(x, y, options);
  expect(fit(structuredClone(x), [...y], { ...options })).toBe(model);
  expect(fit(x, y, others)).not.toEqual(model);
  expect(fit(x.with(3, [9, 9, 1]), y, options)).not.toBe(model);
  expect(fit(x, y.with(3, 1 - (y[3] as number)), options)).not.toBe(model);
});

it("a default is an option like one that is given", () => {
  expect(fitRidge(x, y)).toBe(fitRidge(x, y, { alpha: 1 }));
  expect(fitRidge(x, y)).not.toBe(fitLogistic(x, y));
});

it("of more than the memory holds, what was used last stays, and what it cannot hold takes no place", () => {
  const [memory, made] = [new FitMemory(2), [] as string[]];
  const use = (name: string, bytes = 1) => {
    const fit = () => ({ number: made.push(name) });
    memory.fitOnce({ name, x, y, settings: {} }, fit, () => bytes);
  };
  for (const name of ["a", "b", "a", "c", "a", "b"]) use(name);
  expect(made).toEqual(["a", "b", "c", "b"]);
  use("large", 3);
  for (const name of ["a", "b"]) use(name);
  use("large", 3);
  expect(made.slice(4)).toEqual(["large", "large"]);
});
