/** A challenger that has lost is not judged further, and nothing that the run decides changes by that. */

import { type Node, type TrainOptions, train } from "tracegrad";
import type { Guide } from "tracegrad/guides";
import { basicSearch, bestOfN, type Search } from "tracegrad/search";
import { scripted } from "tracegrad/testing";
import { afterAll, describe, expect, test } from "vitest";
import { seeded } from "../../../src/util/rng.ts";
import { suggest, textOf, variablesOf } from "../readers.ts";
import { bytes, expectResumable, gambler, runFolders, task, withoutScale } from "./world.ts";

type Given = TrainOptions<number, number[], string>;

const folders = runFolders();
afterAll(() => folders.remove());

const isTraining = (exampleId: string) => Number(exampleId.slice("row ".length)) < 8;

/** Right or wrong by chance, and nothing ever perfect: the highest score is of no use but to stop judging. */
function coins(chanceOf: (bass: number) => number, seed: number): Guide<number, number[], string> {
  return (_input, output, _target, { exampleId }) => {
    const isRight =
      exampleId !== "row 8" && seeded(`${seed}/${output.join()}/${exampleId}`).float() < chanceOf(output[0] as number);
    return {
      score: isRight ? (isTraining(exampleId) ? 0.5 : 1) : 0,
      text: `${exampleId}: ${isRight ? "right" : "wrong"}`,
    };
  };
}

/** Rewrites the bass to each of these in turn. */
function setter(...values: readonly number[]) {
  let at = 0;
  return scripted(() => suggest({ bass: values[at++ % values.length] }));
}

/** Rewrites the bass to a number near by. */
function stepper() {
  return scripted((request) => {
    const prompt = withoutScale(textOf(request));
    const bass = Number(variablesOf(prompt)["bass"]?.value);
    const way = seeded(`${prompt.length}/${bass}/${request.temperature}`).integer(31) - 12;
    return suggest({ bass: Math.min(95, Math.max(0, bass + way)) });
  });
}

/**
 * A run of one start at .9, which fails on one input, and one child at .1, and how many validation runs the child took.
 */
async function clearLoss(maxScore: number, changes: Partial<Given> = {}, failsOn?: number) {
  let runs = 0;
  const judge = changes.guide ?? coins((bass) => (bass === 50 ? 0.9 : 0.1), 1);
  const guide: NonNullable<Given["guide"]> = (...run) => {
    if (run[1][0] !== 50 && !isTraining(run[3].exampleId)) runs += 1;
    return judge(...run);
  };
  const options = task(
    { search: basicSearch({ proposals: 1 }), llm: setter(10), validation: 200 },
    { maxScore, budget: { steps: 1 }, ...changes, guide },
  );
  const agent = (input: number) => {
    const made = (options.agent as (input: number) => Node<number[]>)(input);
    if (input === failsOn && made.data[0] === 50) throw new Error("cannot do that");
    return made;
  };
  return { ...(await train({ ...options, agent }).result), runs };
}

test("a clearly worse child of 200 examples takes far fewer evaluations, and is not shown as scored", async () => {
  const [cut, whole] = [await clearLoss(1), await clearLoss(Number.POSITIVE_INFINITY)];
  expect(whole.runs).toBe(200);
  expect(cut.runs).toBeLessThanOrEqual(40);
  expect(cut.candidates[1]?.validation).toBeUndefined();
  expect(cut.best).toEqual(whole.best);
  expect(cut.verdict?.candidates).toBe(1);
});

describe("it is judged to the end", () => {
  const lost = coins((bass) => (bass === 50 ? 0.9 : 0.1), 1);
  test("where no highest score is known", async () => {
    expect((await clearLoss(1, { maxScore: undefined })).runs).toBe(200);
  });

  test("where the judge failed on the incumbent, or the incumbent itself failed: what that counts is not settled", async () => {
    const guide: NonNullable<Given["guide"]> = (...run) => {
      if (run[1][0] === 50 && run[3].exampleId === "row 9") throw new Error("no idea");
      return lost(...run);
    };
    expect((await clearLoss(1, { guide })).runs).toBe(200);
    expect((await clearLoss(1, {}, 9)).runs).toBe(200);
  });

  test("where the guide gives so much more than its highest score that it could still win", async () => {
    const guide: NonNullable<Given["guide"]> = (...run) =>
      run[1][0] !== 50 && run[3].exampleId === "row 8" ? { score: 10, text: "" } : lost(...run);
    const { runs, best } = await clearLoss(1, { guide });
    expect(runs).toBe(200);
    expect(best.values["bass"]).toBe(50);
  });

  test("where the judge fails on it, which is said once", async () => {
    const guide: NonNullable<Given["guide"]> = (...run) => {
      if (run[1][0] !== 50 && !isTraining(run[3].exampleId)) throw new Error(`no idea of ${run[3].exampleId}`);
      return lost(...run);
    };
    const { runs, warnings } = await clearLoss(1, { guide });
    expect(runs).toBe(200);
    expect(warnings.filter((text) => text.includes("no idea"))).toHaveLength(1);
  });
});

const searches: readonly (readonly [string, () => Search])[] = [
  ["basicSearch", () => basicSearch({ proposals: 4, temperatures: [0.1, 0.4, 0.7, 1] })],
  ["bestOfN", () => bestOfN({ n: 8, temperatures: [0.1, 0.4, 0.7, 1] })],
];

describe.each(searches)("with %s", (_, search) => {
  const noisy = (seed: number, changes: Partial<Given>) =>
    task(
      { search: search(), llm: seed % 2 === 0 ? gambler(seed) : stepper(), seed, validation: 10 + ((seed * 7) % 60) },
      { guide: coins((bass) => bass / 100, seed), budget: { steps: 4 }, acceptance: "likely", ...changes },
    );

  test("the programs, the best, the verdict and its corrected score are those of a run that judges all", async () => {
    let [stopped, spared] = [0, 0];
    for (let seed = 1; seed <= 20; seed++) {
      const cut = await train(noisy(seed, { maxScore: 1 })).result;
      const whole = await train(noisy(seed, { maxScore: Number.POSITIVE_INFINITY })).result;
      const kept = new Map(cut.candidates.map(({ id, validation }) => [id, validation]));
      const left = whole.candidates.map((one) => ({ ...one, validation: kept.get(one.id) && one.validation }));
      expect(cut.candidates, `seed ${seed}`).toEqual(left);
      expect(cut.best, `seed ${seed}`).toEqual(whole.best);
      const scored = [...kept.values()].filter((one) => one !== undefined).length;
      expect(cut.verdict, `seed ${seed}`).toEqual({ ...whole.verdict, candidates: scored });
      stopped += kept.size - scored;
      spared += whole.spent.evaluations - cut.spent.evaluations;
    }
    expect(stopped).toBeGreaterThan(10);
    expect(spared).toBeGreaterThan(50);
  });

  test("stopped anywhere and resumed, it ends as if it had not been", async () => {
    const make = (changes: Partial<Given>) => noisy(4, { maxScore: 1, ...changes });
    const whole = await train(make({})).result;
    expect(whole.candidates.some(({ validation }) => validation === undefined)).toBe(true);
    await expectResumable(make, folders, 12);
  });

  test("is the same at any concurrency", async () => {
    const [alone, together] = await Promise.all(
      [1, 16].map((concurrency) => train(noisy(4, { maxScore: 1, concurrency })).result),
    );
    expect(bytes(together as never)).toBe(bytes(alone as never));
  });

  test("no budget is exceeded, and a larger one goes on as if it had been there from the start", async () => {
    const run = (evaluations: number, folder: string) =>
      train(noisy(4, { maxScore: 1, folder, budget: { evaluations } })).result;
    const whole = await run(300, folders.make());
    for (const calls of [35, 60, 110, 170, 240]) {
      const folder = folders.make();
      expect((await run(calls, folder)).spent.evaluations).toBeLessThanOrEqual(calls);
      const { best, candidates } = await run(300, folder);
      expect(candidates, `after a budget of ${calls}`).toEqual(whole.candidates);
      expect(best).toEqual(whole.best);
    }
  });
});
