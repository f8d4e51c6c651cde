import { batchify, chain, FeedbackError, parameter, trace } from "tracegrad";
import { combine, feedbackText, toFeedback, waitingCredits } from "tracegrad/extend";
import * as operators from "tracegrad/operators";
import { describe, expect, it } from "vitest";

const p = parameter(1, { name: "p" });
const run = (x: number) => trace(() => operators.add(p, x));

describe("feedback", () => {
  it("is a text, a score or a record, which is copied", () => {
    expect(toFeedback("Wrong.")).toEqual({ text: "Wrong." });
    expect(toFeedback("")).toEqual({ text: "" });
    expect(toFeedback(-0.5)).toEqual({ score: -0.5 });
    const record = { text: "a", score: 1, data: { deep: [1] }, images: [{ mediaType: "image/png", data: "" }] };
    expect(toFeedback(record)).toEqual(record);
    expect(toFeedback(record)).not.toBe(record);
  });

  it("is written with its score and data, whatever the data are", () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    expect(feedbackText({ text: "a", score: 1, data: { x: 1 } })).toBe('a\nScore: 1\nData: {"x":1}');
    expect(feedbackText({ data: 10n })).toBe("Data: 10n");
    expect(feedbackText({ data: cycle })).toBe("Data: { self: [circular] }");
    expect(feedbackText({ data: () => 1 })).toMatch(/^Data: \[function/);
  });

  it("on several outputs is put together by index; a mean only when all have a score", () => {
    expect(combine([{ text: "a", score: 1 }, { score: 2 }])).toEqual({
      text: "ID [0]: a\nScore: 1\nID [1]: Score: 2",
      score: 1.5,
    });
    expect(combine([{ text: "a", score: 1 }, { text: "b" }])).not.toHaveProperty("score");
    expect(combine([{ data: 1 }, {}])).toEqual({ text: "ID [0]: \nID [1]: ", data: [1, undefined] });
  });
});

describe("feedback on a batch", () => {
  it.each([
    [["a"], "The batch has 2 members, but got 1 feedbacks"],
    [["a", "b", "c"], "got 3 feedbacks"],
    [["a", Number.NaN], "Feedback 1 of the batch: A score is a finite number; got NaN"],
    [[undefined, "b"], "Feedback 0 of the batch"],
    [["a", ["b"]], "Feedback 1 of the batch"],
  ])("is refused whole when it is %j", (feedback, message) => {
    const waiting = waitingCredits(p as never).length;
    const batch = batchify([run(1), run(2)]);
    expect(() => batch.backward(feedback as never)).toThrow(FeedbackError);
    expect(() => batch.backward(feedback as never)).toThrow(message);
    expect(waitingCredits(p as never)).toHaveLength(waiting);
    expect(batch.feedback).toBeUndefined();
  });

  it("is one for each member, or one for the whole", () => {
    const batch = batchify([run(1), run(2)]);
    expect(batch.backward(["a", 2]).feedback).toEqual({ text: "ID [0]: a\nID [1]: Score: 2" });
    expect(batch.backward("both").feedback).toEqual({ text: "both" });
  });

  it("is not for an episode, which has one end", () => {
    expect(() => chain([run(1), run(2)]).backward(["a", "b"])).toThrow("An episode has one output");
  });
});
