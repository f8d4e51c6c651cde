/**
 * TextGrad inside the learning loop: the same run whatever the concurrency, and one that was killed goes on to the same
 * result.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { batch, bundle, episodic, type Node, parameter, type TrainOptions, train } from "tracegrad";
import { seeds, split } from "tracegrad/data";
import { environmentTask } from "tracegrad/environments";
import { code } from "tracegrad/guides";
import type { LanguageModel } from "tracegrad/llm";
import { add } from "tracegrad/operators";
import { textGrad } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import { afterEach, expect, test } from "vitest";
import { seeded, suggest, textOf, variablesOf } from "../readers.ts";
import { feedbackIn, hints, roleOf } from "./readers.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "tracegrad-textgrad-"));
  folders.push(made);
  return join(made, "run");
}

/** Passes feedback on, and moves half of the way that it tells; calls take their time, each another. */
function skilful(seed: number, lasts = Infinity) {
  const random = seeded(seed);
  const paid = { calls: 0 };
  const model = scripted(async (request) => {
    if (paid.calls >= lasts) throw new Error("The machine is switched off.");
    paid.calls += 1;
    await new Promise((resolve) => setTimeout(resolve, random() * 3));
    if (roleOf(request) === "edge") return feedbackIn(request);
    if (roleOf(request) === "node") return hints(feedbackIn(request));
    const now = Number(variablesOf(textOf(request))["offset"]?.value);
    const off = [...textOf(request).matchAll(/too (low|high) by ([\d.]+)/g)].map(
      ([, side, size]) => (side === "low" ? 1 : -1) * Number(size),
    );
    const mean = off.length === 0 ? 0 : off.reduce((sum, one) => sum + one, 0) / off.length;
    return suggest({ offset: now + mean / 2 }, "Half of the way.");
  });
  return Object.assign(model, { paid });
}

const rows = Array.from({ length: 12 }, (_, index) => ({ input: index, target: index + 8 }));

function options(llm: LanguageModel, concurrency: number, at?: string): TrainOptions<number, number, number> {
  const offset = parameter(0, { name: "offset" });
  return {
    agent: (input: number): Node<number> => add(input, offset),
    optimizer: textGrad(offset, { llm, memorySize: 2, concurrency, judge: "all" }),
    guide: code<number, number, number>((input, output, target) => {
      const off = target - output;
      return {
        score: 1 / (1 + Math.abs(off)),
        text: `For ${input} too ${off > 0 ? "low" : "high"} by ${Math.abs(off)}`,
      };
    }),
    data: split(rows, { train: 4, validation: 4 }),
    template: batch(3),
    budget: { steps: 4 },
    concurrency,
    ...(at === undefined ? {} : { folder: at }),
  };
}

/** All that a run told of its steps, and the programs that it made. */
async function told(given: TrainOptions<number, number, number>) {
  const run = train(given);
  const steps: unknown[] = [];
  for await (const event of run) {
    if (event.type === "step") steps.push([event.step, event.proposal.changes, event.proposal.exchanges]);
  }
  const { candidates, best } = await run.result;
  return { steps: JSON.stringify(steps), candidates: JSON.stringify(candidates), best, count: steps.length };
}

test("train gets better by TextGrad, to the same bytes at any concurrency", async () => {
  const [one, many] = [await told(options(skilful(1), 1)), await told(options(skilful(2), 16))];
  expect(one.count).toBe(4);
  expect(one.best.validation?.mean).toBeGreaterThan(0.5);
  expect(many.steps).toBe(one.steps);
  expect(many.candidates).toBe(one.candidates);
});

test("a run that was stopped in the middle of a backward pass goes on to the same result", async () => {
  const whole = await told(options(skilful(1), 4, folder()));
  const at = folder();
  const failing = skilful(3, 6);
  await expect(train(options(failing, 4, at)).result).rejects.toThrow("switched off");
  const rest = skilful(4);
  const resumed = await told(options(rest, 4, at));
  expect(resumed.candidates).toBe(whole.candidates);
  expect(resumed.best.validation?.mean).toBeGreaterThan(0.5);
  // Each step takes three gradients and a rewrite. What had been answered is not paid for again.
  expect(failing.paid.calls + rest.paid.calls).toBe(4 * whole.count);
});

test("a run with the best score costs no gradient, unless objectives leave something to improve in it", async () => {
  const gradients = async (more: Pick<TrainOptions, "objectives">) => {
    const prompt = parameter("Answer.", { name: "prompt" });
    const ask = bundle(async (text: string, input: number) => text.length + input, { name: "ask" });
    const llm = scripted((request) => (roleOf(request) === "rewrite" ? suggest({}) : "Shorter."));
    await train<number, number, number>({
      agent: (input) => ask(prompt, input),
      optimizer: textGrad(prompt, { llm }),
      guide: code((input) => ({ score: input, text: "So.", objectives: { cost: 1 } })),
      data: split(
        [
          { input: 0, target: 0 },
          { input: 1, target: 0 },
        ],
        { train: 2, validation: 0 },
      ),
      template: batch(2),
      budget: { steps: 1 },
      maxScore: 1,
      ...more,
    }).result;
    return llm.calls.filter((request) => roleOf(request) === "edge").length;
  };
  expect(await gradients({})).toBe(1);
  expect(await gradients({ objectives: [{ name: "cost", goal: "minimize" }] })).toBe(2);
});

test("an episode with the best score costs no gradient", async () => {
  const gradients = async (more: Pick<TrainOptions, "maxScore">) => {
    const prompt = parameter("Play.", { name: "prompt" });
    const ask = bundle(async (text: string, seen: number) => text.length + seen, { name: "ask" });
    const llm = scripted((request) => (roleOf(request) === "rewrite" ? suggest({}) : "Shorter."));
    const environment = environmentTask({
      agent: (seen: Node<number>) => ask(prompt, seen),
      make: () => {
        let [seed, steps] = [0, 0];
        return {
          reset: (given: number) => (seed = given),
          step: () => ({ observation: seed, reward: seed, done: ++steps === 2 }),
        };
      },
      maxSteps: 2,
    });
    const data = seeds({ train: [1, 2] });
    const optimizer = textGrad(prompt, { llm });
    const how = { template: batch(2, episodic()), budget: { steps: 1 }, ...more };
    await train({ environment, data, optimizer, ...how }).result;
    return llm.calls.filter((request) => roleOf(request) === "edge").length;
  };
  // An episode takes two calls of the agent and two steps of the environment, and the second call has two inputs to judge.
  expect(await gradients({})).toBe(5 + 5);
  expect(await gradients({ maxScore: 4 })).toBe(5);
});
