/** The texts that the optimizer reads: the paper's stages at their bounds, and the improvement over the step before. */
import { describe, expect, it } from "vitest";
import type { TaskName } from "../../../examples/pipelines/data.ts";
import { comparing, guideOf } from "../../../examples/pipelines/feedback.ts";
import type { RolloutOutcome } from "../../../src/doors/guides.ts";

function judge(task: TaskName, predicted: readonly number[], truth: readonly number[]) {
  const context = { exampleId: "step 1", signal: undefined };
  return guideOf(task)({ part: "validation", step: 1 }, predicted, truth, context);
}

function rolloutOf(step: number, score: number, feedback = "", failure?: RolloutOutcome["failure"]): RolloutOutcome {
  return { step, exampleId: `step ${step}`, score, feedback, failure };
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
  return (await judge(task, predicted, truth)).text;
}

describe("guideOf", () => {
  it.each([
    [0.48, "Model performance is poor. Try better feature engineering and preprocessing."],
    [0.5, "Model is showing promise but needs improvement. Consider class balancing techniques."],
    [0.7, "Model is performing well. Fine-tune hyperparameters for further improvements."],
    [0.8, "Excellent performance! Focus on preventing overfitting."],
  ])("says at an F1 of %d: %s", async (share, text) => {
    const said = await stage("spaceship", classes(share));
    expect(said).toBe(
      `Validation accuracy: ${share.toFixed(4)}, F1: ${share.toFixed(4)}, precision: ${share.toFixed(4)}, ` +
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

  it("warns of predictions that cannot be measured, with the lowest score", async () => {
    const judged = await judge("housing", [1, 2], [1, 2, 3]);
    expect(judged).toMatchObject({
      score: -10,
      text: expect.stringMatching(/Warning: the pipeline gave 2 predictions for 3 rows\. Model is performing worse/),
    });
    const nan = await judge("housing", [1, Number.NaN], [1, 2]);
    expect(nan.text).toContain("Warning: prediction 1 is NaN, not a finite number.");
    const share = await judge("spaceship", [0.4], [1]);
    expect(share).toMatchObject({ score: 0, text: expect.stringMatching(/prediction 0 is 0\.4, neither 0 nor 1/) });
  });
});

describe("comparing", () => {
  const write = comparing("spaceship", 20);
  const said = (step: number, score: number, earlier: readonly RolloutOutcome[]) =>
    write(rolloutOf(step, score, "F1: good."), { earlier });
  const broken = { of: "agent", message: "broken" } as const;

  it("names the step, and says no more in the first", () => {
    expect(said(1, 0.6, [])).toBe("Epoch 1/20: F1: good.");
  });

  it("compares with the last step whose pipeline ran", () => {
    const first = rolloutOf(1, 0.6);
    expect(said(2, 0.7, [first])).toBe("Epoch 2/20: Good improvement! F1: good.");
    expect(said(2, 0.6, [first])).toBe(
      "Epoch 2/20: Performance stayed the same. Try changing your model or features. F1: good.",
    );
    const worse = "Performance decreased. Try going back to what you had previously and then improving.";
    expect(said(2, 0.5, [first])).toBe(`Epoch 2/20: ${worse} F1: good.`);
    const second = rolloutOf(2, 0.5);
    expect(said(4, 0.6, [first, second, rolloutOf(3, 0, "", broken)])).toBe("Epoch 4/20: Good improvement! F1: good.");
  });

  it("leaves the text on a pipeline that failed as it is", () => {
    const failed = rolloutOf(2, 0, "The program failed: broken", broken);
    expect(write(failed, { earlier: [rolloutOf(1, 0.6)] })).toBe("The program failed: broken");
  });
});
