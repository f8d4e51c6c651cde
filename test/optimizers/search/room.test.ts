/** Near the end of a budget of evaluations, no search buys a proposal that it could not score any more. */

import { train } from "tracegrad";
import type { ModelRequest } from "tracegrad/llm";
import { basicSearch, beamSearch, bestOfN, gepa, type Search } from "tracegrad/search";
import { scripted } from "tracegrad/testing";
import { expect, test } from "vitest";
import { suggest, textOf, variablesOf } from "../readers.ts";
import { task } from "./world.ts";

/** Moves each knob that it may turn one nearer to its place, so that each program is better than its parent. */
function improver() {
  const ways: Readonly<Record<string, number>> = { bass: 1, middle: -1, treble: 1, volume: -1 };
  return scripted((request: ModelRequest) => {
    const shown = Object.entries(variablesOf(textOf(request))).filter(([name]) => name in ways);
    return suggest(
      Object.fromEntries(shown.map(([name, { value }]) => [name, Number(value) + (ways[name] as number)])),
    );
  });
}

const searches: readonly (readonly [string, () => Search])[] = [
  ["GEPA", () => gepa()],
  ["GEPA with several proposals", () => gepa({ parallel: { proposals: 2 }, keep: "best" })],
  ["basic search", () => basicSearch({ proposals: 1 })],
  ["beam search", () => beamSearch({ width: 1, branching: 1 })],
  ["best of one", () => bestOfN({ n: 1 })],
];

test.each(searches)(
  "%s: whatever the budget, what was proposed and deserved it was scored in full",
  async (_, search) => {
    for (let evaluations = 8; evaluations <= 44; evaluations++) {
      const llm = improver();
      const { candidates, spent, best } = await train(task({ search: search(), llm }, { budget: { evaluations } }))
        .result;
      const scored = candidates.filter(({ validation }) => validation !== undefined).length;
      const rounds = new Set(candidates.map(({ step }) => step)).size;
      expect(scored, `with a budget of ${evaluations}`).toBe(rounds);
      expect(spent.evaluations).toBeLessThanOrEqual(evaluations);
      expect(best.step).toBe(rounds - 1);
    }
  },
);
