/** What steers a run, and what a run ships whose validation scores choose nothing, or that decided before. */

import { join } from "node:path";
import { bundle, loopSpec, parameter, type TrainOptions, t, train } from "tracegrad";
import { seeds, split } from "tracegrad/data";
import { type Environment, environmentTask } from "tracegrad/environments";
import { code } from "tracegrad/guides";
import { optoPrime } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../llm/folder.ts";

type Options = TrainOptions<number, string, number>;

/** Steps through the given levels; the score of an example hangs on the level. */
function steps(levels: readonly string[], changes: Partial<Options> & { readonly examples?: number } = {}): Options {
  const { examples = 20, ...more } = changes;
  const level = parameter("0", { name: "level" });
  const answer = bundle(function answer(prompt: string, _input: number): string {
    return prompt;
  });
  let count = 0;
  const llm = scripted(() => {
    count += 1;
    return { toolInput: { reasoning: "", suggestion: { level: levels[(count - 1) % levels.length] } } };
  });
  const rows = Array.from({ length: examples + 4 }, (_, index) => ({ input: index, target: index }));
  return {
    agent: (input) => answer(t`${level}`, input),
    optimizer: optoPrime(level, { llm }),
    guide: code((input: number, output: string) => ((input * 7) % 24 < Number(output) ? 1 : 0)),
    data: split(rows, { train: 4, validation: examples }),
    budget: { steps: levels.length },
    ...more,
  };
}

const isSteered = (options: Options): boolean => loopSpec(options).acceptance.isSteered;

test("plain steps are steered by validation scores only where these have a part in the candidates", () => {
  const proven = { acceptance: "proven" } as const;
  expect(isSteered(steps(["1"], proven))).toBe(false);
  expect(isSteered(steps(["1"], { ...proven, rollback: { below: 0.8 } }))).toBe(true);
  expect(isSteered(steps(["1"], { ...proven, rollback: { below: 0.8 }, selection: "bestTrain" }))).toBe(false);
  // As many failed steps as there are, each may make a candidate.
  expect(isSteered(steps(["1"], { ...proven, countFailedSteps: false }))).toBe(true);
});

test("an environment whose feedback is given the validation score is steered by it, so that other examples decide", () => {
  const stride = parameter(1, { name: "stride" });
  const make = (): Environment<number, number> => ({
    doc: "Any move is right.",
    reset: () => 0,
    step: () => ({ observation: 0, reward: 1, done: true }),
  });
  const act = bundle(function act(_seen: number, move: number): number {
    return move;
  });
  const settings = { agent: (seen: Parameters<typeof act>[0]) => act(seen, stride), make, maxSteps: 1 };
  const many = Array.from({ length: 20 }, (_, index) => index + 2);
  const specOf = (environment: NonNullable<Options["environment"]>) =>
    loopSpec({
      environment,
      data: seeds({ train: [1], validation: many }),
      optimizer: optoPrime(stride, { llm: scripted(() => ({ text: "" })) }),
      acceptance: "proven",
    }).acceptance;
  expect(specOf(environmentTask(settings))).toMatchObject({ isSteered: false, deciding: 0 });
  const feedback = (): string => "Go on.";
  expect(specOf(environmentTask({ ...settings, feedback }))).toMatchObject({ isSteered: true, deciding: 10 });
});

test.each<[string, Partial<Options>, readonly string[]]>([
  ["by training", { selection: "bestTrain" }, ["22", "2", "2"]],
  ["as the last", { selection: "last" }, ["2", "22", "22"]],
])(
  "a finalist chosen %s is scored for the decision though no evaluation was due at its step",
  async (_, how, levels) => {
    for (const acceptance of ["likely", "proven"] as const) {
      const { best, verdict } = await train(steps(levels, { ...how, acceptance, evaluateEvery: 4 })).result;
      expect(best.values).toEqual({ level: "22" });
      expect(verdict?.validation.comparison?.pairs).toBe(20);
    }
  },
);

test("the last program is that of the last step, also where the step returned to an earlier one", async () => {
  for (const [levels, last] of [
    [["1", "2", "1"], "1"],
    [["1", "2", "0"], "0"],
  ] as const) {
    const { best, verdict } = await train(steps(levels, { selection: "last", acceptance: "best", maxScore: Infinity }))
      .result;
    expect(best.values).toEqual({ level: last });
    expect(verdict?.finalist).toBe(best.id);
  }
});

test("the last program does not ship by a single example on which it is worse than the start", async () => {
  const guide = code((_: number, output: string) => (output === "0" ? 1 : 0));
  const { best, baseline } = await train(steps(["2"], { selection: "last", examples: 1, guide })).result;
  expect(best.id).toBe(baseline.id);
});

test("an explicit share of deciding examples holds also where training scores choose", () => {
  const acceptance = { ship: "proven", decisionShare: 0.5 } as const;
  expect(loopSpec(steps(["1"], { selection: "bestTrain", acceptance })).acceptance.deciding).toBe(10);
});

test("what was proven at one end of a run still ships when a later end cannot prove the next candidate", async () => {
  const folder = join(await temporaryFolder(), "run");
  // The steering examples of the second candidate are a little better, the others all worse.
  const apart = new Set(
    (
      await train(steps(["22"], { acceptance: { ship: "proven", decisionShare: 0.5 } })).result
    ).baseline.decision?.outcomes.map(({ exampleId }) => Number(exampleId)),
  );
  const guide = code((input: number, output: string) => {
    if (output === "0") return 0;
    if (output === "1") return input === 5 ? 0 : 0.9;
    return apart.has(input) ? 0 : 1;
  });
  const start = (levels: readonly string[], count: number) =>
    train(
      steps(levels, {
        ...{ folder, guide, budget: { steps: count } },
        acceptance: { ship: "proven", decisionShare: 0.5 },
      }),
    ).result;
  const first = await start(["1"], 1);
  expect(first.best.values).toEqual({ level: "1" });
  const second = await start(["2"], 2);
  expect(second.best.values).toEqual({ level: "1" });
  expect(second.verdict).toMatchObject({ isDecided: true, shippedStep: 1, shipped: first.best.id });
  expect(second.verdict?.finalist).not.toBe(first.best.id);
});
