/** The option `feedback` of a run: the optimizer reads of each rollout what it gives, by the step and earlier rollouts. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { batch, bundle, node, parameter, type TrainEvent, type TrainOptions, train } from "tracegrad";
import { environmentTask } from "tracegrad/environments";
import type { RolloutFeedback, RolloutOutcome } from "tracegrad/guides";
import type { ModelRequest } from "tracegrad/llm";
import { optoPrime } from "tracegrad/optimizers";
import { readRun } from "tracegrad/report";
import { basicSearch, gepa, type Search } from "tracegrad/search";
import { type ScriptedModel, scripted } from "tracegrad/testing";
import { afterAll, describe, expect, test } from "vitest";
import { sectionsOf, suggest, textOf } from "../../optimizers/readers.ts";
import { bytes, expectResumable, runFolders, task, tuner } from "../../optimizers/search/world.ts";

type Changes = Partial<TrainOptions<number, number[], string>>;

const folders = runFolders();
afterAll(() => folders.remove());

/** Says the step, and compares with the rollout before and with the same example before. */
const comparing: RolloutFeedback = ({ step, exampleId, score, feedback }, { earlier }) => {
  const before = earlier.at(-1);
  const same = earlier.findLast((one) => one.exampleId === exampleId);
  return `Step ${step}, ${score} after ${before?.score} in step ${before?.step}, ${same?.score} here. ${feedback}`;
};

/** Four knobs to be learned, in plain steps of two examples unless there is a search. */
function options({ llm = tuner(0.7), search, ...changes }: Changes & { llm?: ScriptedModel } = {}) {
  const made = task({ search: search as Search, llm }, { feedback: comparing, budget: { steps: 4 }, ...changes });
  return search === undefined ? { ...made, search, template: batch(2), order: "given" as const } : made;
}

async function eventsOf(given: ReturnType<typeof options>) {
  const events: TrainEvent[] = [];
  const run = train(given);
  for await (const event of run) events.push(event);
  const rollouts = events.filter((event) => event.type === "rollout");
  return { events, rollouts, result: await run.result };
}

const feedbackIn = (request: ModelRequest): string => sectionsOf(textOf(request)).Feedback ?? "";

describe("the optimizer reads the text that `feedback` gives", () => {
  test("by the step, the rollout before and the same example before; those of the same step do not count", async () => {
    const llm = tuner(1);
    const seen: (readonly [step: number, exampleId: string, earlier: readonly RolloutOutcome[]])[] = [];
    const feedback: RolloutFeedback = (rollout, context) => {
      seen.push([rollout.step, rollout.exampleId, context.earlier]);
      return comparing(rollout, context);
    };
    const { rollouts } = await eventsOf(options({ llm, feedback, budget: { steps: 5 } }));
    const places = rollouts.map(({ step, outcome }) => [step, outcome.exampleId]);
    expect(places.map(([step]) => step)).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
    expect(seen.map(([step, id]) => [step, id])).toEqual(places);
    for (const [step, , earlier] of seen) {
      expect(earlier.map((one) => [one.step, one.exampleId])).toEqual(places.filter(([at]) => (at as number) < step));
    }
    const texts = rollouts.map(({ outcome }) => outcome.feedback);
    expect(texts[0]).toMatch(
      /^Step 1, 0\.\d+ after undefined in step undefined, undefined here\. bass is too low by 33/,
    );
    // The fifth step begins the second pass over the eight examples.
    const [first, fourth, fifth] = [rollouts[0], rollouts[7], rollouts[8]];
    expect(fifth?.outcome.exampleId).toBe(first?.outcome.exampleId);
    expect(fifth?.outcome.feedback).toMatch(
      `Step 5, ${fifth?.outcome.score} after ${fourth?.outcome.score} in step 4, ${first?.outcome.score} here. `,
    );
    const read = llm.calls.map(feedbackIn);
    for (const [index, text] of texts.entries()) expect(read[Math.floor(index / 2)]).toContain(text);
  });

  test("by no rollout of the same round, in however many batches a search makes them", async () => {
    const twice: Search<number> = {
      name: "twice",
      settings: {},
      init: () => 0,
      async round(state, context) {
        const candidate = context.candidates()[0]?.id ?? "";
        for (const id of context.train.slice(0, 2)) await context.run([{ candidate, examples: [id] }]);
        return { state: state + 1, done: state === 1 };
      },
    };
    const { rollouts } = await eventsOf(options({ search: twice as unknown as Search }));
    expect(rollouts.map(({ outcome }) => /^Step \d, \S+ after \S+ in step (\S+),/.exec(outcome.feedback)?.[1])).toEqual(
      [...["undefined", "undefined"], ...["1", "1"]],
    );
  });

  test("and so do listeners, the report and the record; what only scores has the text of the guide", async () => {
    const folder = folders.make();
    const { events, rollouts } = await eventsOf(options({ folder, budget: { steps: 2 } }));
    const texts = rollouts.map(({ outcome }) => outcome.feedback);
    const steps = events.filter((event) => event.type === "step");
    expect(steps.map(({ proposal }) => texts.filter((text) => proposal.feedback.includes(text)).length)).toEqual([
      2, 2,
    ]);
    const saved = await readRun(folder);
    expect(saved.events.filter((event) => event.type === "rollout").map(({ outcome }) => outcome.feedback)).toEqual(
      texts,
    );
    const records = await saved.evaluations();
    expect(records.filter(({ round }) => round !== undefined).map(({ text }) => text)).toEqual(texts);
    const scored = records.filter(({ round }) => round === undefined);
    expect(scored.length).toBeGreaterThan(8);
    expect(scored.filter(({ text }) => text.startsWith("Step"))).toEqual([]);
  });

  test("with the score, its scale, the other measurements and the images of the guide", async () => {
    const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    const asked: ModelRequest[] = [];
    const llm = scripted((request) => {
      asked.push(request);
      return suggest({ bass: asked.length });
    });
    const guide: Changes["guide"] = () => ({
      ...{ score: 2, text: "Own words.", objectives: { volts: 3 } },
      images: [{ mediaType: "image/png", data: pixel }],
    });
    const run = options({ llm, guide, maxScore: 7, budget: { steps: 1 }, feedback: ({ score }) => `Now ${score}.` });
    await train({ ...run, template: batch(1) }).result;
    expect(textOf(asked[0] as ModelRequest)).toContain("Now 2.\nvolts: 3\nScore: 2 of 7");
    expect(JSON.stringify(asked[0])).toContain(pixel);
    expect(JSON.stringify(asked[0])).not.toContain("Own words.");
  });

  test("of a program that failed as well, with what the run says of it", async () => {
    const llm = scripted(() => suggest({ word: "better" }));
    const word = parameter("bad", { name: "word" });
    const fail = bundle((text: string): string => {
      throw new Error(`cannot say ${text}`);
    });
    const given: RolloutOutcome[] = [];
    const { result } = await eventsOf({
      ...options({ llm, failureScore: -3, budget: { steps: 2 } }),
      agent: () => fail(word) as never,
      optimizer: optoPrime([word], { llm }),
      template: batch(1),
      feedback: (rollout, { earlier }) => {
        given.push(rollout, ...earlier);
        return `Broken ${earlier.filter(({ failure }) => failure !== undefined).length} times before. ${rollout.feedback}`;
      },
    });
    expect(result.reason).toBe("budget");
    expect(given.map(({ step, score, failure }) => [step, score, failure?.of])).toEqual([
      [1, -3, "agent"],
      [2, -3, "agent"],
      [1, -3, "agent"],
    ]);
    expect(feedbackIn(llm.calls[1] as ModelRequest)).toMatch(
      /Broken 1 times before\. The program failed: [^]*cannot say better[^]*Fix this error\./,
    );
  });

  test("also where it takes time, and a long text is shortened", async () => {
    const { rollouts } = await eventsOf(
      options({ budget: { steps: 1 }, feedback: async ({ feedback }) => "x".repeat(30_000) + feedback }),
    );
    for (const { outcome } of rollouts) {
      expect(outcome.feedback).toMatch(/characters left out/);
      expect(outcome.feedback.length).toBeLessThan(20_100);
    }
  });

  test("without its secrets, where the run redacts", async () => {
    const folder = folders.make();
    const feedback: RolloutFeedback = ({ step }) => `Ask sk-ant-api03-${"a1B2".repeat(12)} in step ${step}.`;
    const { rollouts } = await eventsOf(options({ folder, feedback, redact: true, budget: { steps: 1 } }));
    expect(rollouts[0]?.outcome.feedback).toMatch(/^Ask \[redacted.*\] in step 1\.$/);
    expect(readFileSync(join(folder, "journal.jsonl"), "utf8")).not.toContain("a1B2a1B2");
  });
});

const searches: Readonly<Record<string, () => Search | undefined>> = {
  "plain steps": () => undefined,
  "basic search": () => basicSearch() as Search,
  gepa: () => gepa({ minibatchSize: 3 }) as Search,
};

describe.each(Object.entries(searches))("in %s", (_name, search) => {
  const make = (changes: Changes) => options({ search: search(), budget: { steps: 5, evaluations: 120 }, ...changes });

  test("the texts are the same at any concurrency", async () => {
    const [one, many] = [tuner(0.7), tuner(0.7)];
    const texts = async (llm: ScriptedModel, concurrency: number) => {
      const { rollouts, result } = await eventsOf(make({ llm, concurrency } as Changes));
      return { texts: rollouts.map(({ outcome }) => outcome.feedback), result: bytes(result) };
    };
    const alone = await texts(one, 1);
    expect(alone.texts.some((text) => /^Step [2-5], 0\.\d+ after 0\.\d+ in step/.test(text))).toBe(true);
    expect(await texts(many, 16)).toEqual(alone);
    expect(many.calls.map(textOf).sort()).toEqual(one.calls.map(textOf).sort());
  });

  // The model answers by the text of the feedback, so another text leads elsewhere.
  test("a run that was stopped and resumed ends as one that was not", async () => {
    await expectResumable(make, folders, 5);
  });
});

test("a resumed run gives `feedback` what the whole run gave it", async () => {
  const calls = async (folder: string, steps: number): Promise<string[]> => {
    const given: string[] = [];
    const feedback: RolloutFeedback = (rollout, context) => {
      given.push(JSON.stringify([rollout, context]));
      return comparing(rollout, context);
    };
    await train(options({ folder, feedback, budget: { steps } })).result;
    return given;
  };
  const whole = await calls(folders.make(), 6);
  const folder = folders.make();
  expect([...(await calls(folder, 2)), ...(await calls(folder, 6))]).toEqual(whole);
});

describe("a function that fails", () => {
  test("fails the example without a score, teaches nothing, and the run goes on and says so", async () => {
    const llm = tuner(1);
    const feedback: RolloutFeedback = (rollout, context) => {
      if (rollout.step === 2) throw new Error("no words");
      return comparing(rollout, context);
    };
    const { rollouts, result } = await eventsOf(options({ llm, feedback, budget: { steps: 3 } }));
    expect(result.reason).toBe("budget");
    expect(llm.calls).toHaveLength(2);
    const message = `The function \`feedback\` failed on example "${rollouts[2]?.outcome.exampleId}": Error: no words`;
    expect(rollouts[2]?.outcome).toMatchObject({ score: undefined, feedback: "", failure: { of: "guide", message } });
    expect(result.warnings.filter((warning) => warning.includes("`feedback` failed"))).toHaveLength(1);
    // The rollouts of step 2 have no score to compare with.
    expect(rollouts[4]?.outcome.feedback).toContain("in step 1,");
  });

  test.each([undefined, 5, { text: "" }])("so does one that gives %j", async (given) => {
    const { rollouts } = await eventsOf(options({ feedback: () => given as never, budget: { steps: 1 } }));
    expect(rollouts[0]?.outcome.failure?.message).toContain("What `feedback` gave has no useful text");
  });

  test("on everything ends the run", async () => {
    const feedback = (): never => {
      throw new Error("no words");
    };
    const { reason, spent } = await train(options({ feedback, budget: { steps: 9 } })).result;
    expect([reason, spent.steps]).toEqual(["failures", 3]);
  });

  test("in an outage stops the run with its error", async () => {
    const feedback = (): never => {
      throw new Error("the line is dead");
    };
    const outages = { also: (error: unknown) => (error as Error).message === "the line is dead" };
    await expect(train(options({ feedback, outages })).result).rejects.toMatchObject({ code: "outage" });
  });

  test("since the run was cancelled is no failure", async () => {
    const stop = new AbortController();
    const feedback = (): never => {
      stop.abort();
      throw new Error("cancelled");
    };
    const { rollouts, result } = await eventsOf(options({ feedback, signal: stop.signal }));
    expect([result.reason, rollouts]).toEqual(["aborted", []]);
  });
});

test("is not called where nobody learns: the guide failed, or the program uses tracegrad wrongly", async () => {
  let called = 0;
  const feedback: RolloutFeedback = ({ feedback: text }) => {
    called += 1;
    return text;
  };
  const guide = (): never => {
    throw new Error("no idea");
  };
  const given = options({ feedback, budget: { steps: 1 } });
  await train({ ...given, guide, data: { ...given.data, validation: [] } }).result;
  const outside = node(3);
  const hidden = bundle(() => outside.data);
  const { rollouts } = await eventsOf({ ...given, agent: () => hidden() as never });
  expect(rollouts.map(({ outcome }) => outcome.failure?.of)).toEqual(["use", "use"]);
  expect(called).toBe(0);
});

describe("the option is refused", () => {
  test("when it is no function", () => {
    expect(() => train(options({ feedback: "Good." as never }))).toThrow(
      expect.objectContaining({ code: "bad-option", message: expect.stringContaining("a function from a rollout") }),
    );
  });

  test("together with an environment, whose steps have feedback of their own", () => {
    const { agent: _, guide: __, ...rest } = options();
    const make = () => ({ reset: () => 0, step: () => ({ observation: 0, reward: 0, done: true }) });
    const environment = environmentTask<number, number[]>({ agent: () => node([1]), make, maxSteps: 1 });
    expect(() => train({ ...rest, environment })).toThrow(
      expect.objectContaining({ code: "bad-option", message: expect.stringMatching(/`feedback` or `judge` of env/) }),
    );
  });
});
