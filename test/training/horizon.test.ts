/**
 * A problem with delayed reward and a known best horizon. The proposer is a script that reads the rendered prompt: what
 * it knows of actions and rewards is what the prompt tells it.
 */

import { bundle, episodic, type LearningTemplate, type Node, parameter, train } from "tracegrad";
import { seeds } from "tracegrad/data";
import { type Environment, environmentTask } from "tracegrad/environments";
import { optoPrime } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import { expect, test } from "vitest";
import { variablesOf } from "../optimizers/readers.ts";

const [goal, delay, episodeLength, validationSeed] = [37, 2, 20, 1_000];

/** What is seen of one step. */
interface SeenStep {
  readonly action: number;
  readonly reward: number;
  readonly hint: string;
}

/** The reward and the hint of a step are those of the action two steps before. */
class Delayed implements Environment<{ hint: string }, number> {
  static total = 0;
  #isScored = false;
  #actions: number[] = [];

  reset(seed: number) {
    this.#isScored = seed === validationSeed;
    this.#actions = [];
    return { hint: "none" };
  }

  step(action: number) {
    this.#actions.push(action);
    const cause = this.#actions.at(-1 - delay);
    const off = cause === undefined ? 0 : goal - cause;
    if (!this.#isScored) Delayed.total -= Math.abs(off);
    const hint = off > 0 ? "low" : off < 0 ? "high" : "none";
    return { observation: { hint }, reward: -Math.abs(off), done: this.#actions.length === episodeLength };
  }
}

/** The steps that a prompt shows, from its table or, of fewer than four, from its values. */
function stepsIn(prompt: string): readonly SeenStep[] {
  const valuesOf = (pattern: RegExp) => [...prompt.matchAll(pattern)].map((match) => match[1] as string);
  const columns = /^k\|(.*)$/m.exec(prompt)?.[1]?.split("|");
  if (columns === undefined) {
    const rewards = valuesOf(/environment_step_\d+ = \{ reward: (-?\d+) \}/g);
    const hints = valuesOf(/observation_\d+ = \{ hint: "(\w+)" \}/g).slice(-rewards.length);
    const actions = valuesOf(/\(number\) act_\d+ = (-?\d+)/g);
    return actions.map((action, at) => ({
      ...{ action: Number(action), reward: Number(rewards[at]) },
      hint: hints[at] as string,
    }));
  }
  const always = Object.fromEntries(
    [...prompt.matchAll(/^(\S+) = (.*) for every k$/gm)].map(([, name, value]) => [name as string, value as string]),
  );
  const rows = [...prompt.matchAll(/^(\d+)(?: to (\d+))?\|(.*)$/gm)].flatMap(([, from, to = from, cells]) => {
    const row = {
      ...always,
      ...Object.fromEntries((cells as string).split("|").map((cell, at) => [columns[at], cell])),
    };
    return Array.from({ length: Number(to) - Number(from) + 1 }, () => row);
  });
  const cell = (row: Readonly<Record<string, string>>, name: RegExp): string =>
    Object.entries(row).find(([column]) => name.test(column))?.[1] ?? "";
  return rows.map((row) => ({
    action: Number(cell(row, /^act/)),
    reward: Number(cell(row, /^environment_step.*reward$/)),
    hint: cell(row, /hint$/).replaceAll('"', ""),
  }));
}

/** Credits the last reward to the action that caused it where it can be seen, else to the present value. */
const reader = scripted(({ messages }) => {
  const prompt = String(messages.at(-1)?.content);
  const seen = stepsIn(prompt);
  const last = seen.at(-1);
  const now = Number(variablesOf(prompt)["aim"]?.value);
  const cause = seen.at(-1 - delay)?.action ?? now;
  const way = last?.hint === "low" ? 1 : last?.hint === "high" ? -1 : 0;
  const aim = way === 0 ? now : cause + way * Math.abs(last?.reward ?? 0);
  return { toolInput: { reasoning: "", suggestion: { aim } } };
});

/** The sum of the rewards of two episodes of training. */
async function returnWith(template: LearningTemplate, updates: number): Promise<number> {
  const aim = parameter(0, { name: "aim" });
  const act = bundle(function act(_seen: { hint: string }, by: number): number {
    return by;
  });
  Delayed.total = 0;
  await train({
    environment: environmentTask({
      agent: (seen: Node<{ hint: string }>) => act(seen, aim),
      make: () => new Delayed(),
      maxSteps: episodeLength,
    }),
    optimizer: optoPrime(aim, { llm: reader }),
    data: seeds({ train: [1, 2], validation: [validationSeed] }),
    evaluateEvery: 1_000,
    acceptance: "best",
    budget: { steps: updates },
    template,
  }).result;
  return Delayed.total;
}

test("with delayed reward a horizon that holds the cause does better than one step, and than a whole episode", async () => {
  const one = await returnWith(episodic({ horizon: 1 }), 2 * episodeLength);
  const five = await returnWith(episodic({ horizon: 5 }), (2 * episodeLength) / 5);
  const all = await returnWith(episodic(), 2);
  expect({ five: five > all, all: all > one }).toEqual({ five: true, all: true });
  // Windows of five: the first five actions are wrong, and their rewards come in steps 3 to 7.
  expect(five).toBe(-5 * goal);
  // Whole episodes: all 18 rewards of the first.
  expect(all).toBe(-(episodeLength - delay) * goal);
});
