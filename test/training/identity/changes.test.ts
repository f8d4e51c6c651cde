/** A run folder goes on only with the program and the judge that it was begun with. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  batch,
  bundle,
  model,
  type Node,
  parameter,
  study,
  type TrainOptions,
  type TrainResult,
  t,
  train,
} from "tracegrad";
import { split } from "tracegrad/data";
import { all, code, exactMatch, type Guide, llmJudge, regex, staged, weighted } from "tracegrad/guides";
import { optoPrime } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

let folder = "";
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "tracegrad-identity-")), "run");
});
afterEach(() => rmSync(join(folder, ".."), { recursive: true, force: true }));

type Options = TrainOptions<string, string, string>;
type Judge = Guide<string, string, string>;

const rows = Array.from({ length: 6 }, (_, index) => ({ input: `q${index}`, target: "yes" }));

function options(changes: Partial<Options> = {}): Options {
  const prompt = parameter("Say yes.", { name: "prompt" });
  const llm = scripted((_request, index) => ({
    toolInput: { reasoning: "", suggestion: { prompt: `Text ${index}.` } },
  }));
  return {
    agent: (question) => t`${prompt} ${question}`,
    optimizer: optoPrime([prompt], { llm }),
    template: batch(2),
    data: split(rows, { train: 3, validation: 3 }),
    guide: function judge() {
      return { score: 0.5, text: "" };
    },
    budget: { steps: 5, evaluations: 8 },
    folder,
    ...changes,
  };
}

async function begun(changes: Partial<Options>): Promise<TrainResult> {
  return train(options(changes)).result;
}

/** What the run says when it is to go on with other options. */
async function refusalOf(changes: Partial<Options>): Promise<string> {
  const thrown: unknown = await train(options({ budget: { steps: 5 }, ...changes })).result.then(
    () => "",
    (error) => error,
  );
  if (thrown === "") return "";
  expect(thrown).toMatchObject({ code: "run-differs" });
  return (thrown as Error).message;
}

describe("a changed judge is refused", () => {
  test("when its text is another one under the same name", async () => {
    await begun({});
    const guide: Judge = function judge() {
      return { score: 0.1, text: "" };
    };
    expect(await refusalOf({ guide })).toContain("the guide has changed");
  });

  test("when its text is the same and a value that it closes over is not", async () => {
    const judging = (score: number): Judge =>
      function judge() {
        return { score, text: "" };
      };
    await begun({ guide: judging(0.9) });
    expect(await refusalOf({ guide: judging(0.1) })).toContain("`score`, which the guide uses, has changed");
    expect(await refusalOf({ guide: judging(0.9) })).toBe("");
  });

  test("when a function that it calls is another one", async () => {
    const judging = (metric: (text: string) => number): Judge =>
      function judge(_input, output) {
        return { score: metric(output), text: "" };
      };
    await begun({ guide: judging((text) => 1 / text.length) });
    expect(await refusalOf({ guide: judging((text) => 2 / text.length) })).toContain("`metric`, which the guide uses");
  });

  const judge = (rubric: string, scale?: [number, number]) =>
    llmJudge(
      scripted(() => '{"reason": "Fine.", "score": 1}'),
      { rubric, ...(scale === undefined ? {} : { scale }) },
    );
  const half = code((_input, output: string) => output.length / 200);
  test.each<[string, Guide, Guide]>([
    ["exactMatch", exactMatch(), exactMatch({ normalize: (text) => text.toLowerCase() })],
    ["regex", regex(/yes/), regex(/yes/i)],
    ["code", code(() => 0.5), code(() => 0.25)],
    ["staged", staged(() => 0.5, [[0, "Low."]]), staged(() => 0.5, [[0.2, "Low."]])],
    [
      "weighted",
      weighted([
        [exactMatch(), 3],
        [half as Guide, 1],
      ]),
      weighted([
        [exactMatch(), 1],
        [half as Guide, 1],
      ]),
    ],
    ["all", all(exactMatch(), half as Guide), all(half as Guide)],
    ["code, by its highest score", code(half as Guide), code(half as Guide, { maxScore: 0.5 })],
    ["llmJudge, by its rubric", judge("Polite."), judge("Short.")],
    ["llmJudge, by its scale", judge("Polite.", [0, 5]), judge("Polite.", [0, 4])],
    ["a guide inside of another", all(weighted([[regex(/a/), 1]])), all(weighted([[regex(/b/), 1]]))],
  ])("of the library, when its settings change: %s", async (_name, before, after) => {
    await begun({ guide: before as Judge });
    expect(await refusalOf({ guide: after as Judge })).toContain("guide");
    expect(await refusalOf({ guide: before as Judge })).toBe("");
  });
});

describe("a changed function `feedback` is refused", () => {
  const saying = (mark: string): NonNullable<Options["feedback"]> => {
    return ({ step, feedback }) => `${mark} ${step}: ${feedback}`;
  };

  test("when its text or what it uses has changed, unless the change is accepted", async () => {
    await begun({ feedback: saying("Step") });
    expect(await refusalOf({ feedback: saying("Epoch") })).toContain("`mark`, which the feedback option uses, has");
    expect(await refusalOf({ feedback: ({ feedback }) => feedback })).toContain("the feedback option has changed");
    const result = await train(options({ feedback: saying("Epoch"), acceptChanges: true })).result;
    expect(result.warnings.join()).toContain("changes were accepted: `mark`");
  });

  test("when the run was begun without one, or goes on without the one that it had", async () => {
    await begun({});
    expect(await refusalOf({ feedback: saying("Step") })).toContain("the feedback option has changed");
    folder = join(folder, "..", "other");
    await begun({ feedback: saying("Step") });
    expect(await refusalOf({})).toContain("the feedback option has changed");
  });
});

describe("a changed program is refused", () => {
  test("when the text of the agent changes around its parameters", async () => {
    const prompt = parameter("Say yes.", { name: "prompt" });
    const llm = scripted(() => ({ toolInput: { reasoning: "", suggestion: { prompt: "Text." } } }));
    const agents: Options["agent"][] = [(question) => t`${prompt} ${question}`, (question) => t`${question} ${prompt}`];
    await begun({ agent: agents[0], optimizer: optoPrime([prompt], { llm }) });
    const again = parameter("Say yes.", { name: "prompt" });
    expect(await refusalOf({ agent: agents[1], optimizer: optoPrime([again], { llm }) })).toContain(
      "the agent has changed",
    );
  });

  test("when a bundle that the agent calls changes, or what that calls", async () => {
    const program = (suffix: string, cut: (text: string) => string): Partial<Options> => {
      const prompt = parameter("Say yes.", { name: "prompt" });
      const llm = scripted(() => ({ toolInput: { reasoning: "", suggestion: { prompt: "Text." } } }));
      const ask = bundle(async function ask(text: string) {
        return cut(text) + suffix;
      });
      return { agent: (question) => ask(t`${prompt} ${question}`), optimizer: optoPrime([prompt], { llm }) };
    };
    const [first, last] = [(text: string) => text.slice(0, 5), (text: string) => text.slice(-5)];
    await begun(program("!", first));
    expect(await refusalOf(program("?", first))).toContain("`suffix`, which the agent uses");
    expect(await refusalOf(program("!", last))).toContain("`cut`, which the agent uses");
    expect(await refusalOf(program("!", first))).toBe("");
  });

  test("when a method of a model changes, and nothing says so when it does not", async () => {
    class Solver {
      prompt = parameter("Say yes.", { name: "prompt" });
      solve(question: Node<string>): Node<string> {
        return this.framed(question);
      }
      framed(question: Node<string>): Node<string> {
        return t`${this.prompt} ${question}`;
      }
    }
    class Other extends Solver {
      override framed(question: Node<string>): Node<string> {
        return t`${this.prompt}: ${question}`;
      }
    }
    const program = (Class: typeof Solver): Partial<Options> => {
      const solver = model(Class);
      const llm = scripted(() => ({ toolInput: { reasoning: "", suggestion: { prompt: "Text." } } }));
      return { agent: solver.solve as unknown as Options["agent"], optimizer: optoPrime(solver, { llm }) };
    };
    await begun(program(Solver));
    expect(await refusalOf(program(Solver))).toBe("");
    expect(await refusalOf(program(Other))).toContain("`this.framed`, which the agent uses");
  });

  test("and so are other data under the same ids", async () => {
    await begun({});
    const other = rows.map((row, index) => (index === 4 ? { ...row, target: "no" } : row));
    expect(await refusalOf({ data: split(other, { train: 3, validation: 3 }) })).toMatch(
      /its validation examples were others/,
    );
  });
});

describe("a run goes on without a word", () => {
  test("when only what changes while a program runs is another one", async () => {
    let calls = 0;
    const seen: string[] = [];
    const cache = new Map<string, number>();
    const guide: Judge = (_input, output) => {
      calls += 1;
      seen.push(output);
      cache.set(output, calls);
      return { score: 0.5, text: "" };
    };
    await begun({ guide });
    expect(calls).toBeGreaterThan(0);
    expect(await refusalOf({ guide })).toBe("");
  });

  test("when another model answers", async () => {
    const program = (answer: string): Partial<Options> => {
      const prompt = parameter("Say yes.", { name: "prompt" });
      const llm = { name: "mine", generate: async () => ({ text: answer }) };
      const optimizer = optoPrime([prompt], {
        llm: scripted(() => ({ toolInput: { reasoning: "", suggestion: { prompt: "Text." } } })),
      });
      const ask = bundle(async function ask(text: string) {
        return `${(await llm.generate()).text}${text}`;
      });
      return { agent: (question) => ask(t`${prompt} ${question}`), optimizer };
    };
    await begun(program("a"));
    expect(await refusalOf(program("b"))).toBe("");
  });
});

describe("a change that is accepted", () => {
  test("is said in the warnings, and the next change is measured from there", async () => {
    const judging =
      (score: number): Judge =>
      () => ({ score, text: "" });
    await begun({ guide: judging(0.9) });
    const result = await train(options({ guide: judging(0.1), acceptChanges: true })).result;
    expect(result.warnings.join()).toContain("continues although its program has changed");
    expect(await refusalOf({ guide: judging(0.1) })).toBe("");
    expect(await refusalOf({ guide: judging(0.9) })).toContain("score");
  });

  test("does not extend to data or options", async () => {
    await begun({});
    expect(await refusalOf({ acceptChanges: true, seed: 7 })).toContain("config.seed");
  });
});

test("a study does not set finished trials of one judge beside new ones of another", async () => {
  const judging =
    (score: number): Judge =>
    () => ({ score, text: "" });
  const run = (score: number, trials: number) =>
    study(
      () => ({
        ...options({ guide: judging(score), budget: { steps: 1 } }),
        data: split(rows, { train: 2, validation: 2 }),
      }),
      { a: [1] },
      {
        trials,
        folder,
      },
    ).result;
  await run(0.9, 1);
  const mixed = await run(0.1, 2);
  expect(mixed.rows[0]?.errors.join()).toContain("`score`, which the guide uses, has changed");
  const same = await run(0.9, 1);
  expect(same.complete).toBe(true);
});
