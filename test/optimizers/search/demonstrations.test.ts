/** BootstrapFewShot and MIPROv2 inside `train`, on a program whose model is a rule that reads its prompt. */

import { bundle, type Node, parameter, type TrainOptions, train } from "tracegrad";
import { split } from "tracegrad/data";
import { code } from "tracegrad/guides";
import { optoPrime } from "tracegrad/optimizers";
import {
  bootstrapFewShot,
  type Demonstration,
  demonstrations,
  demonstrationsText,
  mipro,
  type Search,
} from "tracegrad/search";
import { type ScriptedModel, scripted } from "tracegrad/testing";
import { describe, expect, test } from "vitest";

/** Kinds of questions, and what a prompt must say for the model to know the answers of that kind. */
const kinds = ["sum", "word", "date"] as const;

/** Answers by what its prompt holds: an example of the same kind, or for words a rule in the instruction. */
function modelAnswer(prompt: string): string {
  const question = prompt.slice(prompt.lastIndexOf("Question: ") + 10);
  const [kind = "", number = ""] = question.split(" ");
  const shown = [...prompt.matchAll(/Input: (\w+) \d+\nOutput: (\w+)/g)].some(([, of]) => of === kind);
  const told = kind === "word" && prompt.includes("spell words backwards");
  const easy = Number(number) % 4 === 0;
  return shown || told || easy ? `${kind}${number}` : "unknown";
}

const rows = Array.from({ length: 48 }, (_, at) => {
  const kind = kinds[at % 3] as string;
  return { input: `${kind} ${at}`, target: `${kind}${at}` };
});

type Given = TrainOptions<string, string, string>;

function options(search: Search, llm: ScriptedModel = writer(1), changes: Partial<Given> = {}): Given {
  const instruction = parameter("Answer.", { name: "instruction" });
  const demos = demonstrations({ name: "demos", max: 6 });
  const answer = bundle(
    function answer(question: string, say: string, shown: readonly Demonstration[]): string {
      return modelAnswer(`${say}\n${demonstrationsText(shown)}Question: ${question}`);
    },
    { external: "record" },
  );
  return {
    agent: (input: string): Node<string> => answer(input, instruction, demos),
    optimizer: optoPrime([instruction, demos], { llm }),
    guide: code((_, output: string, target: string) => output === target),
    data: split(rows, { train: 18, validation: 24 }),
    search,
    acceptance: "best",
    seed: 5,
    ...changes,
  };
}

/** Writes instructions; a good one with chance `skill`, by what the prompt says of the data. */
function writer(skill: number): ScriptedModel {
  let at = 0;
  return scripted((request) => {
    const prompt = String(request.messages[0]?.content);
    if (!prompt.includes("# The text to write\n`instruction`")) return "Questions of three kinds.";
    expect(prompt).toContain("Answer.");
    at += 1;
    const isGood = (at * 7) % 10 < skill * 10;
    return JSON.stringify({
      instruction: isGood ? `Take care ${at}; spell words backwards.` : `Answer, please (${at}).`,
    });
  });
}

describe("BootstrapFewShot", () => {
  test("shows the program's own good runs, and scores better by them", async () => {
    const { best, baseline, reason } = await train(options(bootstrapFewShot({ maxLabeled: 0, maxBootstrapped: 4 })))
      .result;
    const shown = best.values["demos"] as readonly Demonstration[];
    expect(reason).toBe("done");
    expect(best.validation?.mean).toBeGreaterThan((baseline.validation?.mean ?? 1) + 0.2);
    expect(shown.length).toBeGreaterThan(0);
    // Only what the program answered rightly, and only of training examples.
    for (const { input, output } of shown) {
      expect(output).toBe(String(input).replace(" ", ""));
      expect(rows.slice(0, 48).some((row) => row.input === input)).toBe(true);
    }
  });

  test("adds labels where there is room, never more than the parameter takes", async () => {
    const { best } = await train(options(bootstrapFewShot({ maxLabeled: 16, maxBootstrapped: 2 }))).result;
    expect((best.values["demos"] as readonly unknown[]).length).toBe(6);
    expect(best.validation?.mean).toBe(1);
  });

  test("lets several sets compete", async () => {
    const { candidates, best } = await train(options(bootstrapFewShot({ sets: 6, maxLabeled: 3, maxBootstrapped: 3 })))
      .result;
    expect(candidates.length).toBeGreaterThan(3);
    expect(best.validation?.mean).toBe(Math.max(...candidates.map(({ validation }) => validation?.mean ?? 0)));
  });

  test("asks no model, and needs demonstrations to fill", async () => {
    const llm = scripted(() => Promise.reject(new Error("It is not asked.")));
    await train(options(bootstrapFewShot(), llm)).result;
    expect(llm.calls).toHaveLength(0);
    const text = parameter("Answer.", { name: "instruction" });
    const optimizer = optoPrime(text, { llm });
    expect(() => train(options(bootstrapFewShot(), llm, { optimizer }))).toThrow(/demonstrations\(\)/);
  });

  test("changes nothing when no run goes well and there are no labels", async () => {
    const given = options(bootstrapFewShot({ maxLabeled: 0 }), writer(1), { guide: code(() => 0) });
    const { best, baseline } = await train(given).result;
    expect(best).toEqual(baseline);
  });

  test("records the calls of one traced function when told so", async () => {
    const demos = demonstrations({ name: "demos", of: "solve", max: 4 });
    const solve = bundle(
      function solve(question: string, shown: readonly Demonstration[]): string {
        return modelAnswer(`${demonstrationsText(shown)}Question: ${question}`);
      },
      { external: "record" },
    );
    const shout = bundle(function shout(text: string): string {
      return text.toUpperCase();
    });
    const given: Given = {
      ...options(bootstrapFewShot({ maxLabeled: 0 })),
      agent: (input: string): Node<string> => shout(solve(input, demos)),
      optimizer: optoPrime(demos, { llm: writer(1) }),
      guide: code((_, output: string, target: string) => output === target.toUpperCase()),
    };
    const { best } = await train(given).result;
    const shown = best.values["demos"] as readonly Demonstration[];
    expect(shown.length).toBeGreaterThan(0);
    for (const { input, output } of shown) expect(output).toBe(String(input).replace(" ", ""));
  });
});

describe("MIPROv2", () => {
  test("chooses instruction and demonstrations together", async () => {
    const { best, baseline, reason } = await train(options(mipro({ maxLabeled: 0, trials: 20, minibatchSize: 10 })))
      .result;
    expect(reason).toBe("done");
    expect(best.validation?.mean).toBeGreaterThan((baseline.validation?.mean ?? 1) + 0.3);
  });

  test("a better writer leads to a better program", async () => {
    const means: number[] = [];
    for (const skill of [0, 1]) {
      let sum = 0;
      for (const seed of [1, 2, 3]) {
        const search = mipro({ maxLabeled: 0, maxBootstrapped: 1, trials: 20, candidates: 3 });
        sum += (await train(options(search, writer(skill), { seed })).result).best.validation?.mean ?? 0;
      }
      means.push(sum / 3);
    }
    expect(means[1]).toBeGreaterThan((means[0] as number) + 0.05);
  });

  test("is the same at any concurrency, and with several trials at once", async () => {
    const run = async (concurrency: number) => {
      const search = mipro({ trials: 9, parallel: 3, minibatchSize: 6, maxLabeled: 0 });
      const { spent, ...result } = await train(options(search, writer(1), { concurrency })).result;
      return JSON.stringify({ ...result, calls: spent.evaluations });
    };
    expect(await run(16)).toBe(await run(1));
  });

  test("a hostile writer changes nothing but the demonstrations", async () => {
    const hostile = [
      () => "",
      () => ({ text: '{"instruction": "', stopReason: "length" as const }),
      () => JSON.stringify({ instruction: 7 }),
      () => JSON.stringify({ instruction: "x".repeat(60_000) }),
    ];
    for (const answer of hostile) {
      const { best } = await train(options(mipro({ trials: 6, maxLabeled: 0 }), scripted(answer))).result;
      expect(best.values["instruction"]).toBe("Answer.");
    }
  });

  test("shows the writer failed runs where every run failed and no highest score is known", async () => {
    const instruction = parameter("Answer.", { name: "instruction" });
    const fails = bundle((question: string, say: string): string => {
      throw new Error(`no model answers ${question} to ${say}`);
    });
    const llm = scripted(() => JSON.stringify({ instruction: "Answer with care." }));
    await train({
      agent: (input: string): Node<string> => fails(input, instruction),
      optimizer: optoPrime([instruction], { llm }),
      guide: () => ({ score: 0, text: "" }),
      data: split(rows, { train: 18, validation: 24 }),
      search: mipro({ trials: 2, minibatchSize: 2, maxLabeled: 0, maxBootstrapped: 1 }),
      acceptance: "best",
      seed: 5,
    }).result;
    const prompts = llm.calls.map(({ messages }) => String(messages[0]?.content));
    const written = prompts.filter((prompt) => prompt.includes("# The text to write"));
    expect(written.length).toBeGreaterThan(0);
    for (const prompt of written) expect(prompt).toMatch(/- input: "\w+ \d+"\n {2}score .*no model answers/);
  });

  test("refuses what it cannot choose, before anything is spent", () => {
    expect(() => mipro({ candidates: 0 })).toThrow(expect.objectContaining({ code: "bad-option" }));
    expect(() => train(options(mipro({ instructions: ["demos"] })))).toThrow(/not a text parameter/);
    expect(() => train(options(mipro({ candidates: 1 })))).toThrow(/nothing to choose/);
  });
});
