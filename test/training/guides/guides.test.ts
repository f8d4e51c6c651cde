import { describe, expect, it } from "vitest";
import { judge, judgeInFull } from "../../../src/training/guides/judge.ts";
import { exactMatch, multipleChoice, regex } from "../../../src/training/guides/match.ts";
import { all, code, weighted } from "../../../src/training/guides/score.ts";
import { staged } from "../../../src/training/guides/staged.ts";
import type { Guide, GuideContext, Judgement } from "../../../src/training/types.ts";
import { ExternalCallError } from "../../../src/util/errors.ts";

const context: GuideContext = { exampleId: "a7", signal: undefined };
const ask = async (guide: Guide, output: unknown, target: unknown): Promise<Judgement> =>
  guide("input", output, target, context);
const scoreOf = async (guide: Guide, output: unknown, target: unknown) => (await ask(guide, output, target)).score;

describe("exactMatch", () => {
  it("gives the texts of the paper's study", async () => {
    expect(await ask(exactMatch(), "42", "42")).toEqual({
      score: 1,
      text: "The answer is correct! No need to change anything.",
    });
    expect(await ask(exactMatch(), "41", "42")).toEqual({
      score: 0,
      text:
        'The answer is wrong. We expect the output of your answer to be "42". Please modify the prompt and relevant parts of the ' +
        "program to help LLM produce the right answer.",
    });
  });

  it("compares texts exactly unless they are normalized, other values by content and type", async () => {
    const loose = exactMatch({ normalize: (text) => text.trim().toLowerCase() });
    expect(await scoreOf(exactMatch(), " Yes", "yes")).toBe(0);
    expect(await scoreOf(loose, " Yes", "yes")).toBe(1);
    expect(await scoreOf(loose, 42, 42)).toBe(1);
    expect(await scoreOf(exactMatch(), "42", 42)).toBe(0);
    expect(await scoreOf(exactMatch(), { a: [1, 2] }, { a: [1, 2] })).toBe(1);
    expect(await scoreOf(exactMatch(), [1, 2], [2, 1])).toBe(0);
    expect((await ask(exactMatch(), [1], { a: 1 })).text).toContain('to be "{ a: 1 }"');
  });
});

describe("multipleChoice", () => {
  it("takes the last choice of the output where the target is a choice, and is exact otherwise", async () => {
    const guide = multipleChoice();
    expect(await scoreOf(guide, "Not (A), so (B)", "(B)")).toBe(1);
    expect(await scoreOf(guide, "(B), or rather (A)", "(B)")).toBe(0);
    expect(await scoreOf(guide, "B", "(B)")).toBe(0);
    expect(await scoreOf(guide, "(b)", "(B)")).toBe(0);
    expect(await scoreOf(guide, { answer: "(B)" }, "(B)")).toBe(0);
    // The paper's metric compares with the whole target.
    expect(await scoreOf(guide, "(B) yes", "(B) yes")).toBe(0);
    expect(await scoreOf(guide, "True", "True")).toBe(1);
    expect(await scoreOf(guide, "It is True", "True")).toBe(0);
    expect(await scoreOf(guide, "(A)", "ambiguous")).toBe(0);
    expect(await scoreOf(guide, 3, 3)).toBe(1);
    expect((await ask(guide, "(A)", "(B)")).text).toContain('to be "(B)"');
  });
});

describe("regex", () => {
  it("judges by the pattern, the same each time, also when it is global", async () => {
    const guide = regex(/\d+/g);
    for (let time = 0; time < 3; time++) expect(await scoreOf(guide, "a 12", undefined)).toBe(1);
    expect(await ask(guide, "none", undefined)).toEqual({
      score: 0,
      text: 'The output does not match /\\d+/g: it is "none". Change the program so that it does.',
    });
    expect(await scoreOf(guide, 12, undefined)).toBe(0);
  });

  it("may depend on the target", async () => {
    const guide = regex<string>((target) => new RegExp(`^${target}$`)) as Guide;
    expect(await scoreOf(guide, "x", "x")).toBe(1);
    expect(await scoreOf(guide, "xx", "x")).toBe(0);
  });
});

describe("staged", () => {
  // The stages of the paper's Spaceship Titanic study.
  const stages = [
    [0.8, "Excellent performance! Focus on preventing overfitting."],
    [Number.NEGATIVE_INFINITY, "Model performance is poor."],
    [0.7, (score: number) => `Model is performing well at ${score}.`],
    [0.5, "Model is showing promise but needs improvement."],
  ] as const;

  it("gives the message of the highest threshold that is reached", async () => {
    const guide = staged((_input, output) => output as number, stages);
    const told = async (score: number) => ask(guide, score, undefined);
    expect(await told(0.49)).toEqual({ score: 0.49, text: "Model performance is poor." });
    expect(await told(-3)).toEqual({ score: -3, text: "Model performance is poor." });
    expect((await told(0.5)).text).toBe("Model is showing promise but needs improvement.");
    expect((await told(0.7)).text).toBe("Model is performing well at 0.7.");
    expect((await told(1)).text).toBe("Excellent performance! Focus on preventing overfitting.");
  });

  it("adds to the words of a guide, and adds nothing below all thresholds", async () => {
    const guide = staged(exactMatch(), [[1, "Go on."]]);
    expect((await ask(guide, "a", "a")).text).toBe("The answer is correct! No need to change anything.\nGo on.");
    expect((await ask(guide, "b", "a")).text).toBe((await ask(exactMatch(), "b", "a")).text);
  });

  it("refuses stages that mean nothing, and scores that are none", async () => {
    expect(() => staged(() => 1, [])).toThrow("at least one stage");
    expect(() => staged(() => 1, [[Number.NaN, "x"]])).toThrow("Stage 0 has the threshold NaN");
    expect(() =>
      staged(
        () => 1,
        [
          [1, "x"],
          [1, "y"],
        ],
      ),
    ).toThrow("each given once");
    await expect(
      ask(
        staged(() => Number.NaN, [[0, "x"]]),
        1,
        1,
      ),
    ).rejects.toThrow("finite number; got NaN");
  });
});

describe("code", () => {
  it("makes judgements of booleans, numbers and judgements", async () => {
    expect(
      await ask(
        code((_input, output, target) => output === target),
        1,
        2,
      ),
    ).toEqual(await ask(exactMatch(), 1, 2));
    expect(
      await ask(
        code(async () => true),
        1,
        2,
      ),
    ).toEqual(await ask(exactMatch(), 1, 1));
    expect(
      await ask(
        code(() => 0.25),
        1,
        2,
      ),
    ).toEqual({ score: 0.25, text: "The output has the score 0.25." });
    expect(
      await ask(
        code(() => ({ score: -1, text: "t", data: [1] })),
        1,
        2,
      ),
    ).toEqual({ score: -1, text: "t", data: [1] });
    expect(
      await ask(
        code((...run) => ({ score: 1, text: JSON.stringify(run) })),
        "o",
        "t",
      ),
    ).toMatchObject({
      text: JSON.stringify(["input", "o", "t", context]),
    });
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, "1", null])("refuses %s as the highest score", (maxScore) => {
    expect(() => code(() => 1, { maxScore: maxScore as number })).toThrow(
      expect.objectContaining({ code: "bad-option", message: expect.stringContaining("a finite number; got") }),
    );
  });

  it("refuses an option of another name", () => {
    expect(() => code(() => 1, { maxscore: 1 } as object)).toThrow('Did you mean "maxScore"?');
  });
});

describe("guides put together", () => {
  const says = (score: number, text: string): Guide => code(() => ({ score, text }));

  it("weighted gives the weighted mean and all words", async () => {
    const guide = weighted([
      [says(1, "Right."), 3],
      [says(0, "Too long."), 1],
      [says(0.5, ""), 4],
    ]);
    expect(await ask(guide, 1, 1)).toEqual({ score: 0.625, text: "Right.\nToo long." });
    const one = weighted([[says(0.3, "x"), 7]]);
    expect(await scoreOf(one, 1, 1)).toBe(0.3);
  });

  it("all gives the lowest score with the words of what is lacking", async () => {
    expect(await ask(all(says(1, "a"), says(0.5, "b"), says(0, "c")), 1, 1)).toEqual({ score: 0, text: "b\nc" });
    expect(await ask(all(says(1, "a"), says(2, "b")), 1, 1)).toEqual({ score: 1, text: "a\nb" });
  });

  it("keep images, and fail when one of them does", async () => {
    const image = { mediaType: "image/png", data: "aGk=" };
    const sees: Guide = () => ({ score: 1, text: "seen", images: [image] });
    expect(await ask(all(sees, says(1, "a")), 1, 1)).toMatchObject({ images: [image] });
    expect(await ask(weighted([[sees, 1]]), 1, 1)).toMatchObject({ images: [image] });
    await expect(
      ask(
        weighted([
          [says(1, "a"), 1],
          [() => ({ score: Number.NaN, text: "" }), 1],
        ]),
        1,
        1,
      ),
    ).rejects.toThrow("NaN");
  });

  it("refuse no guides, what is no guide, and weights that are none", () => {
    expect(() => weighted([])).toThrow("at least one guide");
    expect(() => all()).toThrow("at least one guide");
    expect(() => all(exactMatch(), exactMatch as never, 7 as never)).toThrow("Guide 2 is 7");
    for (const weight of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => weighted([[exactMatch(), weight]])).toThrow(`Weight 0 is ${weight}`);
    }
  });
});

describe("judge", () => {
  const example = { id: "a7", input: "i", target: "t" };

  it("gives the outcome, and the whole judgement to those who ask for it", async () => {
    const guide: Guide = (input, output, target, { exampleId }) => ({
      score: 0.5,
      text: `${input} ${output} ${target} ${exampleId}`,
      data: 7,
    });
    const outcome = { exampleId: "a7", score: 0.5, feedback: "i o t a7", failure: undefined };
    expect(await judge(guide, example, "o")).toEqual(outcome);
    expect(await judgeInFull(guide, example, "o", context)).toEqual({
      outcome,
      judgement: { score: 0.5, text: "i o t a7", data: 7 },
    });
  });

  it("makes a failure of the example, without a score, of whatever the guide throws or gives instead", async () => {
    const bad: readonly (readonly [unknown, RegExp])[] = [
      [{ score: Number.NaN, text: "" }, /finite number; got NaN/],
      [{ score: Number.POSITIVE_INFINITY, text: "" }, /finite number; got Infinity/],
      [{ score: "0.9", text: "" }, /finite number; got string/],
      [{ text: "no score" }, /has a score/],
      [{ score: 1 }, /has a text/],
      [{ score: 1, text: 1 }, /text is a string/],
      [{ score: 1, text: "", reason: "" }, /no field "reason"/],
      [undefined, /gave undefined/],
      [0.9, /gave 0.9/],
    ];
    for (const [given, message] of bad) {
      const outcome = await judge((() => given) as unknown as Guide, example, "o");
      expect(outcome).toMatchObject({ exampleId: "a7", score: undefined, failure: { of: "guide" } });
      expect(outcome.failure?.message).toMatch(/^The guide failed on example "a7": /);
      expect(outcome.failure?.message).toMatch(message);
    }
    const hostile = new Proxy(new Error("x"), {
      get: () => {
        throw new Error("no");
      },
    });
    for (const thrown of [new TypeError("boom"), "text", null, undefined, hostile]) {
      const sync: Guide = () => {
        throw thrown;
      };
      for (const guide of [sync, async (...run: Parameters<Guide>) => sync(...run)]) {
        const { outcome, judgement } = await judgeInFull(guide as Guide, example, "o");
        expect(outcome.failure).toMatchObject({ of: "guide" });
        expect(judgement).toBeUndefined();
      }
    }
  });

  it("throws on a cancel and on failures of the world outside", async () => {
    const throws =
      (error: unknown): Guide =>
      async () => {
        throw error;
      };
    const abort = new DOMException("stop", "AbortError");
    await expect(judge(throws(abort), example, "o")).rejects.toBe(abort);
    const outside = new ExternalCallError("budget", "The budget is spent.");
    await expect(judge(throws(outside), example, "o")).rejects.toBe(outside);

    const controller = new AbortController();
    const late: Guide = async () => {
      controller.abort(new Error("the user left"));
      throw new Error("socket closed");
    };
    await expect(judge(late, example, "o", { signal: controller.signal })).rejects.toThrow("the user left");
    let called = false;
    const never: Guide = () => {
      called = true;
      return { score: 1, text: "" };
    };
    await expect(judge(never, example, "o", { signal: controller.signal })).rejects.toThrow("the user left");
    expect(called).toBe(false);
  });
});
