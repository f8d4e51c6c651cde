import { describe, expect, it } from "vitest";
import { wilsonInterval } from "../../src/math/intervals.ts";
import { scoresOf } from "../../src/report/scores.ts";
import { viewOf } from "../../src/report/view.ts";
import type { TrainEvent } from "../../src/training/events.ts";
import { sampleEvents } from "./sample.ts";

describe("viewOf", () => {
  it("holds every step, rollout, evaluation, best, account and warning of a run", () => {
    const view = viewOf(sampleEvents());
    expect(view.runId).toBe("solver-2026-11-22");
    expect(view.steps.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(view.rollouts).toHaveLength(18);
    expect(view.evaluations.map(({ step, split }) => `${split} ${step}`)).toEqual([
      ...[0, 1, 2, 3, 4, 5, 6].map((step) => `validation ${step}`),
      "test 0",
      "test 5",
    ]);
    expect(view.bests.map(({ step }) => step)).toEqual([1, 2, 4, 5]);
    expect(view.spent).toHaveLength(7);
    expect(view.warnings).toHaveLength(2);
    expect(view.ended).toBe("budget");
    expect(view.log).toHaveLength(sampleEvents().filter(({ type }) => type !== "round").length);
  });

  it("gives of every beginning of a run a view that says it is unfinished", () => {
    const events = sampleEvents();
    for (let length = 0; length < events.length; length++) {
      const view = viewOf(events.slice(0, length));
      expect(view.ended).toBeUndefined();
    }
  });

  it("is not ended any more when the run is resumed", () => {
    const events = sampleEvents();
    const start = events[0] as Extract<TrainEvent, { type: "start" }>;
    const again = viewOf([...events, { ...start, resumedAt: 6 }]);
    expect(again.resumes).toEqual([6]);
    expect(again.ended).toBeUndefined();
  });

  it("changes none of the events", () => {
    const events = sampleEvents();
    viewOf(events);
    expect(events).toEqual(sampleEvents());
  });
});

describe("scoresOf", () => {
  it("finds start and best on the validation data", () => {
    const { start, best, judgedOn, test } = scoresOf(viewOf(sampleEvents()));
    expect(judgedOn).toBe("validation");
    expect([start?.step, best?.step]).toEqual([0, 5]);
    expect(start?.mean).toBeCloseTo(2.5 / 12);
    expect(best?.mean).toBeCloseTo(10 / 12);
    expect(test.map(({ step }) => step)).toEqual([0, 5]);
  });

  it("places training scores at the program that ran, one step before the step that learned from them", () => {
    const { train } = scoresOf(viewOf(sampleEvents()));
    expect(train.map(({ step, count, failures }) => [step, count, failures])).toEqual([
      [0, 2, 1],
      [1, 3, 0],
      [2, 3, 0],
      [3, 3, 0],
      [4, 3, 0],
      [5, 3, 0],
    ]);
    expect(train[1]?.mean).toBeCloseTo(1 / 3);
    expect(train[1]?.interval).toEqual(wilsonInterval(1 / 3, 3));
  });

  it("takes the training score of the steps where no rollout was told", () => {
    const events = sampleEvents().filter(({ type }) => type !== "rollout" && type !== "evaluation");
    const scores = scoresOf(viewOf(events));
    expect(scores.judgedOn).toBe("train");
    expect(scores.train.map(({ step, mean }) => [step, mean])[0]).toEqual([0, 0.33]);
  });
});
