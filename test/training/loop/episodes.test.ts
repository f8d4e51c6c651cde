/** Learning within episodes: what each update sees, with which values the episode goes on, and what resuming gives. */

import { join } from "node:path";
import fc from "fast-check";
import {
  batch,
  bundle,
  episodic,
  interactive,
  type LearningTemplate,
  type Node,
  parameter,
  type TrainEvent,
  train,
} from "tracegrad";
import { seeds } from "tracegrad/data";
import { type Environment, environmentTask } from "tracegrad/environments";
import { optoPrime } from "tracegrad/optimizers";
import type { Search } from "tracegrad/search";
import { scripted } from "tracegrad/testing";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../llm/folder.ts";

/** Seeds of the validation; the others are for training. */
const validation = [90, 91];

interface Setting {
  readonly template?: LearningTemplate;
  readonly steps?: number;
  readonly evaluations?: number;
  readonly folder?: string;
  /** How long the episode of a seed is. Default: 6. */
  readonly length?: (seed: number) => number;
  /** What the environment adds to each reward. */
  /** What is seen beside the seed and the step. */
  readonly detail?: string;
  readonly noise?: () => number;
  /** The action that the environment refuses. */
  readonly refused?: number;
  readonly maxScore?: number;
  readonly search?: Search;
  readonly maxPromptTokens?: number;
}

/** Each episode asks for some numbers; the reward is how near the action comes to 5. */
function setting(given: Setting) {
  const { template, length = () => 6, noise = () => 0, detail = "", refused, evaluations, steps = 4 } = given;
  const offset = parameter(0, { name: "offset" });
  const actions: [seed: number, action: number][] = [];
  const prompts: string[] = [];
  const asked: string[] = [];
  let begun = 0;
  class Numbers implements Environment<string, number> {
    #seed = 0;
    #step = 0;
    reset(seed: number): string {
      this.#seed = seed;
      this.#step = 0;
      if (!validation.includes(seed)) begun += 1;
      return `seed ${seed} step 0`;
    }
    step(action: number) {
      this.#step += 1;
      if (action === refused) throw new RangeError("That is too much.");
      if (!validation.includes(this.#seed)) actions.push([this.#seed, action]);
      const observation = `seed ${this.#seed} step ${this.#step}${detail}`;
      return { observation, reward: noise() - Math.abs(5 - action), done: this.#step >= length(this.#seed) };
    }
  }
  const chat = scripted(
    ({ messages }) => {
      asked.push(String(messages[0]?.content));
      return "ok";
    },
    { name: "chat" },
  );
  const act = bundle(async function act(seen: string, by: number): Promise<number> {
    await chat.generate({ messages: [{ role: "user", content: `${seen} by ${by}` }] });
    return by;
  });
  // One more than the value that the prompt shows: each update can be told by its number.
  const llm = scripted(({ messages }) => {
    const prompt = String(messages.at(-1)?.content);
    prompts.push(prompt);
    const now = Number(/\(number\) offset[^]*?```\n(-?[\d.]+)\n```/.exec(prompt)?.[1]);
    return { toolInput: { reasoning: "", suggestion: { offset: now + 1 } } };
  });
  const run = train({
    environment: environmentTask({
      agent: (seen: Node<string>) => act(seen, offset),
      make: () => new Numbers(),
      maxSteps: 20,
    }),
    optimizer: optoPrime(offset, { llm, maxPromptTokens: given.maxPromptTokens ?? 24_000 }),
    data: seeds({ train: [1, 2, 3, 4, 5, 6], validation }),
    order: "given",
    acceptance: "best",
    budget: { steps, ...(evaluations === undefined ? {} : { evaluations }) },
    ...(template === undefined ? {} : { template }),
    ...(given.folder === undefined ? {} : { folder: given.folder }),
    ...(given.search === undefined ? {} : { search: given.search }),
    ...(given.maxScore === undefined ? {} : { maxScore: given.maxScore }),
  });
  return { run, actions, prompts, asked, begun: () => begun };
}

async function runOf(given: Setting) {
  const { run, begun, ...seen } = setting(given);
  const events: TrainEvent[] = [];
  run.on((event) => events.push(event));
  const result = await run.result;
  return { ...seen, result, events, begun: begun() };
}

const feedbackOf = (prompt: string) => /# Feedback\n([^]*?)\n\n#/.exec(prompt)?.[1] ?? prompt;
/** The steps that the feedback on each run is about; feedback that was said before is not said again. */
function stepsOf(prompt: string): readonly (string | undefined)[] {
  const said = [...prompt.matchAll(/^Feedback: (?:(Steps? [\d to]+):|the same as on run (\d+))/gm)];
  return said.map(([, steps, run]) => steps ?? said[Number(run) - 1]?.[1]);
}

test("an update sees one window, and the episode goes on with the values that it left", async () => {
  const { actions, prompts, begun, result } = await runOf({ template: episodic({ horizon: 2 }), steps: 4 });
  // Three windows of the first episode and one of the second.
  expect(actions).toEqual([...[0, 0, 1, 1, 2, 2].map((action) => [1, action]), ...[3, 3].map((action) => [2, action])]);
  expect(begun).toBe(2);
  expect(result.candidates.map(({ values }) => values["offset"])).toEqual([0, 1, 2, 3, 4]);
  expect(
    prompts.map((prompt) => prompt.match(/Steps \d+ to \d+: return -?\d+, total score so far -?\d+\./)?.[0]),
  ).toEqual([
    "Steps 1 to 2: return -10, total score so far -10.",
    "Steps 3 to 4: return -8, total score so far -18.",
    "Steps 5 to 6: return -6, total score so far -24.",
    "Steps 1 to 2: return -4, total score so far -4.",
  ]);
  // What happened before the window is an input, and its rewards are there.
  expect(prompts[1]).toContain("{ reward: -4 }");
  expect(prompts[1]).not.toContain("{ reward: -5 }");
  expect(prompts[1]).toContain("seed 1 step 2");
});

test("for any horizon there are as many updates as windows, each by its steps alone", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 6 }), async (horizon, length) => {
      const windows = Math.ceil(length / horizon);
      const template = episodic({ horizon });
      const { actions, prompts, begun } = await runOf({ template, steps: windows, length: () => length });
      expect(begun).toBe(1);
      expect(prompts).toHaveLength(windows);
      expect(actions.map(([, action]) => action)).toEqual(
        Array.from({ length }, (_, step) => Math.floor(step / horizon)),
      );
    }),
    { numRuns: 8 },
  );
});

test("without a horizon, or with one of the whole episode, there is one update an episode", async () => {
  const whole = await runOf({ template: episodic(), steps: 2 });
  const long = await runOf({ template: episodic({ horizon: 6 }), steps: 2 });
  for (const { actions, begun } of [whole, long]) {
    expect(actions.map(([, action]) => action)).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]);
    expect(begun).toBe(2);
  }
  const withoutFeedback = (prompt: string) => prompt.replace(feedbackOf(prompt), "");
  expect(long.prompts.map(withoutFeedback)).toEqual(whole.prompts.map(withoutFeedback));
});

test("a horizon of 1 is interactive: the same prompts, actions and scores", async () => {
  const one = await runOf({ template: episodic({ horizon: 1 }), steps: 5 });
  const each = await runOf({ template: interactive(), steps: 5 });
  expect(one.prompts).toEqual(each.prompts);
  expect(one.actions).toEqual(each.actions);
  expect(one.actions.map(([, action]) => action)).toEqual([0, 1, 2, 3, 4]);
  expect(one.result.candidates).toEqual(each.result.candidates);
});

test("a batch of windows runs its episodes side by side, one window of each for an update", async () => {
  const length = (seed: number): number => ({ 1: 3, 2: 6, 3: 5 })[seed] ?? 4;
  const { actions, prompts, events } = await runOf({ template: batch(3, episodic({ horizon: 2 })), steps: 4, length });
  const tick = (seeds: readonly number[], action: number) => seeds.map((seed) => [seed, action]);
  expect(actions).toEqual([
    ...[...tick([1, 2, 3], 0), ...tick([1, 2, 3], 0)],
    ...[...tick([1, 2, 3], 1), ...tick([2, 3], 1)],
    ...[...tick([2, 3], 2), ...tick([2], 2)],
    // The next pass; what was left of the first one is not mixed with it.
    ...[...tick([4, 5, 6], 3), ...tick([4, 5, 6], 3)],
  ]);
  expect(prompts.map((prompt) => stepsOf(prompt).toSorted())).toEqual([
    ["Steps 1 to 2", "Steps 1 to 2", "Steps 1 to 2"],
    ["Step 3", "Steps 3 to 4", "Steps 3 to 4"],
    ["Step 5", "Steps 5 to 6"],
    ["Steps 1 to 2", "Steps 1 to 2", "Steps 1 to 2"],
  ]);
  const rollouts = events.flatMap((event) => (event.type === "rollout" ? [event] : []));
  expect(rollouts.map(({ step, outcome }) => [step, outcome.exampleId, outcome.score])).toEqual([
    [1, "seed 1", -10],
    [1, "seed 2", -10],
    [1, "seed 3", -10],
    [2, "seed 1", -4],
    [2, "seed 2", -8],
    [2, "seed 3", -8],
    [3, "seed 3", -3],
    [3, "seed 2", -6],
    [4, "seed 4", -4],
    [4, "seed 5", -4],
    [4, "seed 6", -4],
  ]);
});

test("a run that goes on within a pass is the run that was not stopped, and asks for nothing twice", async () => {
  const root = temporaryFolder();
  const length = (seed: number): number => ({ 1: 3, 2: 6, 3: 5 })[seed] ?? 4;
  const template = batch(3, episodic({ horizon: 2 }));
  const calm = await runOf({ template, length, steps: 5, folder: join(root, "calm") });
  const shown = ({ result }: typeof calm) => ({ candidates: result.candidates, evaluations: result.spent.evaluations });
  for (const stops of [[1], [2], [3], [4], [1, 2, 3, 4]]) {
    const folder = join(root, `stopped-${stops.join("-")}`);
    const parts = [];
    for (const steps of [...stops, 5]) parts.push(await runOf({ template, length, steps, folder }));
    const last = parts.at(-1) as typeof calm;
    expect(shown(last)).toEqual(shown(calm));
    expect(parts.flatMap(({ asked }) => asked)).toEqual(calm.asked);
    expect(parts.flatMap(({ prompts }) => prompts)).toEqual(calm.prompts);
    expect(last.events.filter(({ type }) => type === "warning")).toEqual([]);
  }
});

test("episodes that go another way when they are played again end the run with an error that says why", async () => {
  const folder = temporaryFolder();
  let drift = 0;
  const noise = () => drift;
  const template = episodic({ horizon: 2 });
  await runOf({ template, steps: 1, folder, noise });
  drift = 0.25;
  await expect(runOf({ template, steps: 2, folder, noise })).rejects.toMatchObject({
    code: "episode-differs",
    message: expect.stringContaining('"seed 1"'),
  });
});

test("an agent that fails ends its episode: the last window holds the error, and the next pass begins", async () => {
  const { actions, prompts, events } = await runOf({ template: episodic({ horizon: 2 }), steps: 4, refused: 2 });
  expect(actions).toEqual(
    [0, 0, 1, 1]
      .map((action) => [1, action])
      .concat([
        [2, 3],
        [2, 3],
      ]),
  );
  expect(feedbackOf(prompts[2] as string)).toMatch(
    /^Step 5: return 0, total score so far -18\.\n.*\nThe program failed: /,
  );
  const rollouts = events.flatMap((event) => (event.type === "rollout" ? [event.outcome] : []));
  expect(rollouts.map(({ failure }) => failure?.of)).toEqual([undefined, undefined, "agent", undefined]);
});

test("a run says once that its episodes do not fit into the prompt", async () => {
  const warned = async (maxPromptTokens: number) => {
    const detail = `, ${"far ".repeat(50)}`;
    const { events } = await runOf({ template: episodic(), steps: 2, length: () => 18, detail, maxPromptTokens });
    return events.flatMap((event) => (event.type === "warning" ? [event.message] : []));
  };
  expect(await warned(20_000)).toEqual([]);
  expect(await warned(600)).toEqual([expect.stringContaining("did not fit into the prompt of the optimizer")]);
});

test("only whole episodes can be perfect: nothing is asked then", async () => {
  const length = (seed: number): number => (validation.includes(seed) ? 20 : 2);
  const perfect = await runOf({ template: episodic(), steps: 3, length, maxScore: -10 });
  expect(perfect.prompts).toEqual([]);
  const parts = await runOf({ template: episodic({ horizon: 1 }), steps: 3, length, maxScore: -10 });
  expect(parts.prompts).toHaveLength(3);
});

/** Rewrites the newest candidate by one rollout on each of the first two training examples. */
const walk: Search = {
  name: "walk",
  settings: {},
  init: () => null,
  async round(state, context) {
    const parent = context.candidates().at(-1)?.id as string;
    const [rollouts = []] = await context.run([{ candidate: parent, examples: context.train.slice(0, 2) }]);
    const [proposed] = await context.propose([{ parent, rollouts }]);
    if (proposed?.candidate !== undefined) await context.evaluate([{ candidate: proposed.candidate.id }]);
    return { state };
  },
};

test("in a search the windows of a proposal make updates one after the other, and the last result is the candidate", async () => {
  const template = batch(2, episodic({ horizon: 2 }));
  const length = (seed: number): number => (seed === 1 ? 6 : 3);
  const { prompts, result, actions } = await runOf({ template, steps: 1, length, search: walk });
  expect(actions.map(([, action]) => action)).toEqual(new Array(9).fill(0));
  expect(result.candidates.map(({ values }) => values["offset"])).toEqual([0, 3]);
  const values = prompts.map((prompt) => /\(number\) offset[^]*?```\n(-?[\d.]+)\n```/.exec(prompt)?.[1]);
  expect(values).toEqual(["0", "1", "2"]);
  expect(prompts.slice(0, 2).map(stepsOf)).toEqual([
    ["Steps 1 to 2", "Steps 1 to 2"],
    ["Step 3", "Steps 3 to 4"],
  ]);
  expect(feedbackOf(prompts[2] as string)).toMatch(/^(ID \[0\]: )?Steps 5 to 6:/);
});

test("code that draws by chance plays the same episode again when a run goes on", async () => {
  const root = temporaryFolder();
  const play = async (folder: string, steps: number) => {
    const seen: number[] = [];
    const draw = bundle(
      function draw(at: number): number {
        return at + Math.random();
      },
      { trainable: true },
    );
    const world = (): Environment<number, number> => ({
      reset: (seed) => seed,
      step: (action) => {
        seen.push(action);
        return { observation: action, reward: action, done: false };
      },
    });
    const { candidates } = await train({
      environment: environmentTask({ agent: (at: Node<number>) => draw(at), make: world, maxSteps: 8 }),
      optimizer: optoPrime(draw, { llm: scripted(() => ({ toolInput: { reasoning: "", suggestion: {} } })) }),
      data: seeds({ train: [1, 2], validation: [3] }),
      template: episodic({ horizon: 2 }),
      acceptance: "best",
      budget: { steps },
      folder: join(root, folder),
    }).result;
    return { seen, scores: candidates.map(({ trainScore }) => trainScore) };
  };
  const calm = await play("calm", 6);
  expect(new Set(calm.seen).size).toBe(calm.seen.length);
  const first = await play("stopped", 3);
  const second = await play("stopped", 6);
  expect(second.scores).toEqual(calm.scores);
  // The first three windows are played again, and are the same.
  expect(calm.seen.slice(-4)).toEqual(second.seen.slice(-4));
  for (const action of first.seen) expect(calm.seen).toContain(action);
  for (const action of second.seen) expect(calm.seen).toContain(action);
});

test("an episode is one evaluation, counted when it begins, and recorded with its total when it ends", async () => {
  // Two validation seeds for the baseline and for each new candidate, one for the episode.
  for (const [evaluations, steps] of [
    [2, 0],
    [4, 0],
    [5, 1],
    [6, 1],
    [7, 2],
    [9, 3],
    [11, 3],
    [12, 4],
  ] as const) {
    const { result, events } = await runOf({ template: episodic({ horizon: 2 }), steps: 9, evaluations });
    expect([evaluations, result.spent.steps]).toEqual([evaluations, steps]);
    expect(result.spent.evaluations).toBeLessThanOrEqual(evaluations);
    expect(events.at(-1)).toMatchObject({ type: "end", reason: "budget" });
  }
});
