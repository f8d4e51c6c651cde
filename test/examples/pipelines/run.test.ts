/** Whole runs on self-written rows, with scripted answers in place of a model; all else is real. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadTask, type TaskName } from "../../../examples/pipelines/data.ts";
import { measureSteps, outcomeScores, predictionsOf, submissionOf } from "../../../examples/pipelines/finish.ts";
import { startRun } from "../../../examples/pipelines/run.ts";
import type { LanguageModel } from "../../../src/doors/llm.ts";
import { readRun } from "../../../src/doors/report.ts";
import { scripted } from "../../../src/doors/testing.ts";
import { temporaryFolder } from "../../llm/folder.ts";
import { writeRows } from "./rows.ts";

/** Answers of a model that first writes a wrong pipeline, then a right one, then one that is worse. */
const houses = [
  "return test.map((row) => row.missing.length);",
  `const encoder = fitEncoder(x, { columns: ["GrLivArea", "MSZoning"] });
  const model = fitRidge(encodeRows(encoder, x), y, { alpha: 0.001 });
  return [...predictWith(model, encodeRows(encoder, test))];`,
  "return test.map(() => y[0]);",
].map((body) => ({
  train_model: `function train_model(x: readonly TableRow[], y: readonly number[], test: readonly TableRow[]): number[] {\n  ${body}\n}`,
}));

function answering(answers: readonly object[], prompts: string[] = []): LanguageModel {
  return scripted(({ messages }) => {
    const text = messages.map(({ content }) => JSON.stringify(content)).join("\n");
    const step = Number(/Epoch (\d+)/.exec(text.slice(text.indexOf("# Feedback")))?.[1] ?? prompts.length + 1);
    prompts.push(text);
    return { toolInput: { reasoning: "As scripted.", suggestion: answers[step - 1] } };
  });
}

async function begin(task: TaskName, llm: LanguageModel, folder?: string, signal?: AbortSignal) {
  const data = await loadTask(writeRows(), task);
  const artifact = task === "housing" ? "one-function" : "many-function";
  return { data, ...startRun({ task, artifact, data, llm, steps: 3, folder, signal }) };
}

describe("startRun", () => {
  it("learns one function, chooses the best on validation rows, and scores all steps on held-out rows", async () => {
    const prompts: string[] = [];
    const folder = join(temporaryFolder(), "run");
    const { data, run, predict } = await begin("housing", answering(houses, prompts), folder);
    const { best, candidates } = await run.result;
    expect(best.step).toBe(2);
    expect(best.validation?.mean).toBeGreaterThan(0.99);
    const steps = measureSteps({ task: "housing", data, candidates, predict, known: new Map() });
    // What the run knows of its predictions is what the programs predict again.
    const known = await predictionsOf(folder);
    expect([...known.keys()]).toContain(`${best.id} held out`);
    expect(measureSteps({ task: "housing", data, candidates, predict, known })).toEqual(steps);
    const { validation, test } = outcomeScores({ task: "housing", data }, steps, best.step);
    expect(validation?.steps.map((one) => [one.step, one.mean === null, one.test === null])).toEqual([
      [1, true, true],
      [2, false, false],
      [3, false, false],
    ]);
    expect([validation?.chosenStep, validation?.chosen.count, test?.chosen.count]).toEqual([2, 12, 15]);
    expect(test?.chosen.mean).toBe(validation?.steps[1]?.test);
    expect(test?.chosen.mean).toBeLessThan(0.05);
    const predictions = predict(best.values, "both");
    expect(predictions.length).toBe(15 + 6);
    const submission = submissionOf("housing", data, predictions.slice(15));
    expect(submission).toMatch(/^Id,SalePrice\n201,\d+\.\d\d\n/);
    expect(submission.trim().split("\n").length).toBe(7);
    // The optimizer sees rows and scores, but no held-out row.
    const sealed = data.heldOut.rows.map((row) => `Id: ${String(row["Id"])}, `);
    expect(prompts.some((prompt) => sealed.some((row) => prompt.includes(row)))).toBe(false);
    expect(data.validation.rows.some((row) => prompts[0]?.includes(`Id: ${String(row["Id"])}, `))).toBe(true);
  });

  it("learns five functions whose results are plain data", async () => {
    const answers = [
      {
        select_features: `function select_features(processed_data: readonly TableRow[]): string[] {
  return ["CryoSleep", "Spa"];
}`,
        train_model: `function train_model(
  ensemble_model: unknown, features: readonly string[], data: readonly TableRow[], results: readonly number[],
): unknown {
  const encoder = fitEncoder(data);
  return { encoder, model: fitForest(encodeRows(encoder, data), results, { trees: 5 }) };
}`,
        predict: `function predict(model: unknown, data: readonly TableRow[]): number[] {
  return predictWith(model.model, encodeRows(model.encoder, data)).map((p) => (p > 0.5 ? 1 : 0));
}`,
      },
      {},
      {},
    ];
    const { run } = await begin("spaceship", answering(answers));
    const { best } = await run.result;
    expect([best.step, best.validation?.mean]).toEqual([1, 1]);
  });

  it("goes on where it was stopped, with the same prompts as a run that was not", async () => {
    const whole: string[] = [];
    await (await begin("housing", answering(houses, whole), temporaryFolder())).run.result;
    const folder = join(temporaryFolder(), "run");
    const parts: string[] = [];
    const stop = new AbortController();
    const first = await begin("housing", answering(houses, parts), folder, stop.signal);
    first.run.on((event) => {
      if (event.type === "step" && event.step === 2) stop.abort();
    });
    expect((await first.run.result).reason).toBe("aborted");
    expect((await readRun(folder)).progress.steps).toBeLessThan(3);
    const { best } = await (await begin("housing", answering(houses, parts), folder)).run.result;
    expect(best.step).toBe(2);
    expect(parts).toEqual(whole);
  });
});
