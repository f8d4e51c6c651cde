/** What has the highest score costs nothing: no question to the optimizer, and no further rounds. */

import { batch, bundle, parameter, type TrainOptions, train } from "tracegrad";
import { split } from "tracegrad/data";
import { all, code, exactMatch, llmJudge, multipleChoice, regex, staged, weighted } from "tracegrad/guides";
import { optoPrime } from "tracegrad/optimizers";
import { gepa } from "tracegrad/search";
import { scripted } from "tracegrad/testing";
import { afterAll, describe, expect, test } from "vitest";
import { suggest, textOf, variablesOf } from "../../optimizers/readers.ts";
import { runFolders } from "../../optimizers/search/world.ts";

type Given = TrainOptions<string, string, string>;

/** Learns one of the answers that the feedback asks for. */
function learner() {
  return scripted((request) => {
    const prompt = textOf(request);
    const known = variablesOf(prompt)["known"]?.value ?? "";
    const [, wanted = ""] = /be "(\w+)"/.exec(prompt) ?? [];
    return suggest({ known: `${known} ${wanted}` });
  });
}

const words = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => `w${from + at}`);

/**
 * A program that answers the words that it knows. Training has the words from 0 to 7, validation those from 8 to 11.
 */
function options(known: readonly string[], changes: Partial<Given> = {}): Given & { readonly asked: () => number } {
  const llm = learner();
  const value = parameter(known.join(" "), { name: "known" });
  const answer = bundle((list: string, word: string) => (list.split(" ").includes(word) ? word : "?"), {
    name: "answer",
  });
  const rows = words(0, 12).map((word) => ({ id: word, input: word, target: word }));
  return {
    agent: (word: string) => answer(value, word),
    optimizer: optoPrime([value], { llm }),
    guide: exactMatch() as unknown as NonNullable<Given["guide"]>,
    data: split(rows, { train: 8, validation: 4 }),
    order: "given",
    budget: { steps: 8 },
    ...changes,
    asked: () => llm.calls.length,
  };
}

async function outcomeOf({ asked, ...given }: ReturnType<typeof options>) {
  const { reason, spent, warnings, best, candidates } = await train(given).result;
  return { reason, asked: asked(), runs: spent.evaluations, steps: spent.steps, warnings, best, candidates };
}

/** Scores 7 or 2. */
function onScale(input: unknown, output: unknown): number {
  return input === output ? 7 : 2;
}

const searching = { search: gepa() };
const everything = words(0, 12);

test("a start that has the highest score on all validation examples ends the run at once", async () => {
  for (const search of [{}, searching]) {
    const { reason, asked, runs, steps } = await outcomeOf(options(words(8, 12), search));
    expect({ reason, asked, runs, steps }).toEqual({ reason: "perfect", asked: 0, runs: 4, steps: 0 });
  }
});

test("a program that gets there ends the run too", async () => {
  const given = options(words(8, 11), {
    acceptance: "best",
    data: split(
      words(8, 12).map((word) => ({ id: word, input: word, target: word })),
      { train: 4, validation: "train", allowOverlap: "It is a test." },
    ),
  });
  const { reason, asked, best } = await outcomeOf(given);
  expect({ reason, asked, mean: best.validation?.mean }).toEqual({ reason: "perfect", asked: 1, mean: 1 });
});

test("the optimizer is asked about those batches only in which something was wrong", async () => {
  const known = ["w0", "w1", "w3", "w4", "w5", "w7"];
  const { asked, steps } = await outcomeOf(options(known, { template: batch(2), budget: { steps: 4 } }));
  expect({ asked, steps }).toEqual({ asked: 2, steps: 4 });
});

describe("the highest score is known", () => {
  const exact = exactMatch() as unknown as NonNullable<Given["guide"]>;
  const judge = scripted(() => ({ toolInput: { reason: "Fine.", score: 5 } }));
  const guides: readonly (readonly [string, unknown])[] = [
    ["exactMatch", exact],
    ["multipleChoice", multipleChoice()],
    ["regex", regex(/^w/)],
    ["llmJudge", llmJudge(judge, { rubric: "Anything goes.", scale: [1, 5] })],
    [
      "weighted",
      weighted([
        [exact, 0.1],
        [exact, 0.7],
        [exact, 0.2],
      ]),
    ],
    [
      "all",
      all(
        exact,
        code(() => 1),
      ),
    ],
    ["staged", staged(exact, [[0, "Go on."]])],
    ["code", code(onScale, { maxScore: 7 })],
    [
      "weighted and staged over code",
      weighted([
        [staged(code(onScale, { maxScore: 7 }), [[0, "Go on."]]), 1],
        [exact, 3],
      ]),
    ],
    ["all over code", all(code(onScale, { maxScore: 7 }))],
  ];
  test.each(guides)("of %s", async (_, guide) => {
    const { reason, asked } = await outcomeOf(options(everything, { guide: guide as NonNullable<Given["guide"]> }));
    expect({ reason, asked }).toEqual({ reason: "perfect", asked: 0 });
  });

  test("of any guide by `maxScore`, whatever its scale", async () => {
    const guide: Given["guide"] = (input, output) => ({ score: input === output ? -2 : -5, text: `be "${input}"` });
    const { reason, asked } = await outcomeOf(options(everything, { guide, maxScore: -2 }));
    expect({ reason, asked }).toEqual({ reason: "perfect", asked: 0 });
  });
});

describe("nothing is left out", () => {
  const right: NonNullable<Given["guide"]> = () => ({ score: 1, text: 'be "w0"' });
  const cases: Readonly<Record<string, Partial<Given>>> = {
    "where the guide's highest score is not known": { guide: right },
    "with a weighted guide of which a part is not known": {
      guide: weighted([
        [exactMatch() as unknown as typeof right, 1],
        [right, 1],
      ]),
    },
    "where `maxScore` is Infinity": { maxScore: Number.POSITIVE_INFINITY },
    "where there are objectives beside the score": {
      guide: () => ({ score: 1, text: "", objectives: { length: 3 } }),
      maxScore: 1,
      objectives: [{ name: "length", goal: "minimize" }],
    },
  };
  test.each(Object.entries(cases))("%s", async (_, changes) => {
    const { reason, asked } = await outcomeOf(options(everything, { budget: { steps: 3 }, ...changes }));
    expect({ reason, asked }).toEqual({ reason: "budget", asked: 3 });
  });

  test("of failed runs, whatever score they are given", async () => {
    const given = options(everything, { failureScore: 1, budget: { steps: 2 } });
    const fails = bundle(
      (_list: string, _word: string): string => {
        throw new Error("broken");
      },
      { name: "answer" },
    );
    const [known] = given.optimizer.parameters;
    const agent = (word: string) => fails(known as never, word);
    const { reason, asked } = await outcomeOf({ ...given, agent });
    expect({ reason, asked }).toEqual({ reason: "budget", asked: 2 });
  });
});

test("a run that ends with its last program is not ended by the validation examples", async () => {
  const { reason, asked } = await outcomeOf(options(words(7, 12), { selection: "last", budget: { steps: 3 } }));
  expect({ reason, asked }).toEqual({ reason: "budget", asked: 3 });
});

test("a run whose training examples all went well twice ends, though the validation examples do not", async () => {
  const steps = await outcomeOf(options(words(0, 8), { template: batch(4) }));
  expect(steps).toMatchObject({ reason: "perfect", asked: 0, steps: 4 });
  const search = await outcomeOf(
    options(words(0, 8), { ...searching, search: gepa({ minibatchSize: 4 }), budget: { evaluations: 900 } }),
  );
  expect(search).toMatchObject({ reason: "perfect", asked: 0, steps: 4 });
});

test("rounds with nothing to learn do not count as rounds without an idea", async () => {
  const known = ["w0", "w1", "w2", "w3", "w4", "w5", "w6", "w8"];
  const given = options(known, {
    ...searching,
    search: gepa({ minibatchSize: 1 }),
    stop: { maxIdleRounds: 1 },
    budget: { evaluations: 60 },
  });
  const { asked, candidates } = await outcomeOf(given);
  expect(asked).toBeGreaterThan(0);
  expect(candidates.length).toBeGreaterThan(1);
});

test("a score above what is called the highest is pointed out, once", async () => {
  const guide: Given["guide"] = (input) => ({ score: input === "w2" ? 1.5 : 0, text: 'be "w0"' });
  const { warnings } = await outcomeOf(options([], { guide, maxScore: 1 }));
  expect(warnings.filter((warning) => warning.includes("maxScore"))).toHaveLength(1);
  expect(warnings.find((warning) => warning.includes("maxScore"))).toContain('"w2" has 1.5');
});

test("a `maxScore` that is too low is said once, however many scores are higher", async () => {
  const guide: Given["guide"] = (input) => ({ score: words(0, 8).includes(input) ? 1.5 : 0, text: "Fine." });
  const { warnings } = await outcomeOf(options([], { guide, maxScore: 1, template: batch(2), budget: { steps: 4 } }));
  expect(warnings.filter((warning) => warning.includes("maxScore"))).toHaveLength(1);
});

test("a score above the `maxScore` of code is pointed out as that of a run is", async () => {
  const guide = code((input) => (input === "w2" ? 1.5 : 0), { maxScore: 1 }) as NonNullable<Given["guide"]>;
  const { warnings } = await outcomeOf(options([], { guide }));
  const about = warnings.filter((warning) => warning.includes("maxScore"));
  expect(about).toEqual([expect.stringContaining('example "w2" has 1.5')]);
  const lifted = await outcomeOf(options([], { guide, maxScore: 2 }));
  expect(lifted.warnings.filter((warning) => warning.includes("maxScore"))).toEqual([]);
});

test("prompts have the scale of code whose highest score is known, and no other", async () => {
  const prompts = async (guide: unknown): Promise<string> => {
    const llm = scripted(() => suggest({ known: "w0" }));
    const { asked: _, ...given } = options(["w1"], {
      guide: guide as NonNullable<Given["guide"]>,
      budget: { steps: 1 },
    });
    await train({ ...given, optimizer: optoPrime(given.optimizer.parameters, { llm }) }).result;
    return llm.calls.map(textOf).join("\n");
  };
  expect(await prompts(code(onScale, { maxScore: 7 }))).toContain("Score: 2 of 7");
  expect(await prompts(code(onScale))).toMatch(/Score: 2$/m);
});

test.each([Number.NaN, Number.NEGATIVE_INFINITY, "1"])("%s is no `maxScore`", (maxScore) => {
  const { asked: _, ...given } = options([], { maxScore: maxScore as number });
  expect(() => train(given)).toThrow(expect.objectContaining({ code: "bad-option" }));
});

const folders = runFolders();
afterAll(() => folders.remove());

test("stopped anywhere and resumed, a run with perfect batches ends as if it had not been", async () => {
  const make = () => options(["w0", "w1", "w3", "w5"], { budget: { steps: 40 } });
  const whole = await outcomeOf(make());
  expect(whole.reason).toBe("perfect");
  for (let steps = 1; steps < whole.steps; steps += 3) {
    const folder = folders.make();
    await outcomeOf({ ...make(), folder, budget: { steps } });
    const resumed = await outcomeOf({ ...make(), folder });
    expect({ ...resumed, asked: 0 }).toEqual({ ...whole, asked: 0 });
  }
});
