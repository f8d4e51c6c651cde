/** The texts that the optimizer reads: the paper's stages at their bounds, and the improvement over the step before. */
import { describe, expect, it } from "vitest";
import type { TaskName } from "../../../examples/pipelines/data.ts";
import { PipelineGuide } from "../../../examples/pipelines/feedback.ts";

const context = { exampleId: "step 1", signal: undefined };

async function textOf(guide: PipelineGuide, step: number, predicted: readonly number[], truth: readonly number[]) {
  return (await guide.judge({ part: "validation", step }, predicted, truth, context)).text;
}

/** Predictions of a hundred classes with an F1 of `share`: of 50 ones, `share * 50` are found, and as many wrong. */
function classes(share: number): readonly [predicted: number[], truth: number[]] {
  const hits = Math.round(share * 50);
  const truth = Array.from({ length: 100 }, (_, at) => (at < 50 ? 1 : 0));
  return [truth.map((_, at) => (at < hits || (at >= 50 && at < 100 - hits) ? 1 : 0)), truth];
}

/** Predictions of two prices with an R2 of `value`. */
function prices(value: number): readonly [predicted: number[], truth: number[]] {
  const off = 100_000 * Math.sqrt(1 - value);
  return [
    [100_000 + off, 300_000 - off],
    [100_000, 300_000],
  ];
}

async function stage(task: TaskName, [predicted, truth]: readonly [number[], number[]]) {
  return textOf(new PipelineGuide(task, 20), 1, predicted, truth);
}

describe("PipelineGuide", () => {
  it.each([
    [0.48, "Model performance is poor. Try better feature engineering and preprocessing."],
    [0.5, "Model is showing promise but needs improvement. Consider class balancing techniques."],
    [0.7, "Model is performing well. Fine-tune hyperparameters for further improvements."],
    [0.8, "Excellent performance! Focus on preventing overfitting."],
  ])("says at an F1 of %d: %s", async (share, text) => {
    const said = await stage("spaceship", classes(share));
    expect(said).toBe(
      `Epoch 1/20: Validation accuracy: ${share.toFixed(4)}, F1: ${share.toFixed(4)}, precision: ${share.toFixed(4)}, ` +
        `recall: ${share.toFixed(4)}. ${text} You are trying to maximize F1 score to at least above 0.9.`,
    );
  });

  it.each([
    [-0.1, "Model is performing worse than baseline. Focus on better feature engineering and selection."],
    [0, "Model has poor predictive power. Try more advanced preprocessing or different algorithms."],
    [0.51, "Model is improving but still has room for growth. Consider feature interactions."],
    [0.75, "Model is performing well. Fine-tune hyperparameters for further improvements."],
  ])("says at an R2 of %d: %s", async (value, text) => {
    const said = await stage("housing", prices(value));
    const end = " Your goal is to reduce the RMSE as much as possible to at least below $20,000.";
    expect(said.endsWith(`R2: ${value.toFixed(4)}. ${text}${end}`)).toBe(true);
    expect(said).toContain(`RMSE: $${Math.round(100_000 * Math.sqrt(1 - value)).toLocaleString("en-US")}`.slice(0, 11));
  });

  it("compares with the last step that has a score, and says nothing in the first", async () => {
    const guide = new PipelineGuide("spaceship", 20);
    const at = async (step: number, share: number) => textOf(guide, step, ...classes(share));
    expect(await at(1, 0.6)).toMatch(/^Epoch 1\/20: Validation/);
    guide.note(1, 0.6);
    expect(await at(2, 0.7)).toMatch(/^Epoch 2\/20: Good improvement! Validation/);
    expect(await at(3, 0.6)).toMatch(/Performance stayed the same\. Try changing your model or features\. Validation/);
    expect(await at(4, 0.5)).toMatch(
      /Performance decreased\. Try going back to what you had previously and then improving\. /,
    );
    guide.note(4, 0.5);
    expect(await at(5, 0.6)).toMatch(/Good improvement!/);
    expect(await at(2, 0.6)).toMatch(/stayed the same/);
  });

  it("warns of predictions that cannot be measured, with the lowest score", async () => {
    const guide = new PipelineGuide("housing", 20);
    const judged = await guide.judge({ part: "validation", step: 1 }, [1, 2], [1, 2, 3], context);
    expect(judged).toMatchObject({
      score: -10,
      text: expect.stringMatching(/Warning: the pipeline gave 2 predictions for 3 rows\. Model is performing worse/),
    });
    const nan = await guide.judge({ part: "validation", step: 1 }, [1, Number.NaN], [1, 2], context);
    expect(nan.text).toContain("Warning: prediction 1 is NaN, not a finite number.");
    const share = await new PipelineGuide("spaceship", 20).judge({ part: "validation", step: 1 }, [0.4], [1], context);
    expect(share).toMatchObject({ score: 0, text: expect.stringMatching(/prediction 0 is 0\.4, neither 0 nor 1/) });
  });
});
