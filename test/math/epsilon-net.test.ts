import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cosine, distance, epsilonNet, novelty, type Vector } from "../../src/math/epsilon-net.ts";
import { textVector } from "../../src/math/text-vector.ts";

const vectors = fc.array(fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 2, maxLength: 2 }), { maxLength: 15 });

describe("an epsilon-net", () => {
  it("keeps points that are apart, and leaves out only what a kept one stands for", () => {
    fc.assert(
      fc.property(vectors, vectors, fc.integer({ min: 0, max: 6 }), (kept, points, epsilon) => {
        const taken = epsilonNet(kept, points, epsilon);
        const added = taken.map((at) => points[at] as Vector);
        for (const [at, point] of added.entries()) {
          for (const other of [...kept, ...added.slice(0, at)]) expect(distance(point, other)).toBeGreaterThan(epsilon);
        }
        const all = [...kept, ...added];
        for (const [at, point] of points.entries()) {
          if (taken.includes(at)) continue;
          expect(Math.min(...all.map((other) => distance(point, other)))).toBeLessThanOrEqual(epsilon);
        }
      }),
    );
  });

  it("takes the farthest first", () => {
    expect(
      epsilonNet(
        [[0, 0]],
        [
          [1, 0],
          [9, 0],
          [5, 0],
        ],
        2,
      ),
    ).toEqual([1, 2]);
    expect(
      epsilonNet(
        [],
        [
          [1, 0],
          [1, 0],
        ],
        0,
      ),
    ).toEqual([0]);
    expect(epsilonNet([[0]], [], 1)).toEqual([]);
  });

  it("refuses a negative epsilon and points of different spaces", () => {
    expect(() => epsilonNet([], [], -1)).toThrow("`epsilon`");
    expect(() => epsilonNet([[1]], [[1, 2]], 1)).toThrow("length 2 and 1");
    expect(() => cosine([1], [])).toThrow("cannot be compared");
  });
});

describe("novelty", () => {
  it("is what is left beside the most alike", () => {
    expect(
      novelty(
        [1, 0],
        [
          [0, 2],
          [3, 0],
        ],
      ),
    ).toBeCloseTo(0, 12);
    expect(novelty([1, 0], [[0, 2]])).toBe(1);
    expect(novelty([1, 0], [])).toBe(1);
    expect(novelty([1, 0], [[-3, 0]])).toBe(2);
    expect(novelty([1, 0], [[-1, -1]])).toBeCloseTo(1 + Math.SQRT1_2, 12);
    expect(cosine([0, 0], [1, 1])).toBe(0);
  });
});

describe("the vector of a text", () => {
  const near = (a: string, b: string) => cosine(textVector(a), textVector(b));
  const prompt = "Think step by step, then give the final answer as a single number.";

  it("has length 1, and is zero for no text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1 }), (text) => {
        const length = Math.hypot(...textVector(text, 64));
        // Runs can cancel each other, though hardly ever all of them.
        expect(length === 0 || Math.abs(length - 1) < 1e-9).toBe(true);
        expect(textVector(text, 64)).toHaveLength(64);
      }),
    );
    expect(textVector("  \n")).toEqual(new Array(256).fill(0));
  });

  it("puts small edits near and other texts far", () => {
    expect(near(prompt, prompt.toUpperCase().replaceAll(" ", "\n  "))).toBeCloseTo(1, 12);
    const edited = near(prompt, prompt.replace("single number", "single letter"));
    const other = near(prompt, "Translate this sentence into French; keep the tone of its author.");
    expect(edited).toBeGreaterThan(0.7);
    expect(other).toBeLessThan(0.35);
    expect(near(prompt, `${prompt} Check it twice.`)).toBeGreaterThan(0.8);
  });

  it("never changes from release to release: the cells of a known text", () => {
    expect(textVector("ab", 4).map((value) => Number(value.toFixed(6)))).toEqual([0.5, 0.5, -0.5, 0.5]);
    expect(() => textVector("a", 0)).toThrow("`dimensions`");
  });
});
