/** What the toolkit makes of rows and settings that learned code gives it: encoders, folds, and errors that name the culprit. */
import { describe, expect, it } from "vitest";
import { fitBoosting, fitForest } from "../../../examples/pipelines/toolkit/ensembles.ts";
import { encodeRows, fitEncoder } from "../../../examples/pipelines/toolkit/frames.ts";
import { fitLogistic, fitRidge } from "../../../examples/pipelines/toolkit/linear.ts";
import { f1, kFold, precision, r2, recall } from "../../../examples/pipelines/toolkit/measures.ts";
import { predictWith } from "../../../examples/pipelines/toolkit/toolkit.ts";

describe("fitEncoder", () => {
  const rows = [
    { area: 1, zone: "A", sold: true },
    { area: null, zone: "A", sold: false },
    { area: 5, zone: "B", sold: true },
    { area: 3, zone: null, sold: true },
  ];

  it("puts the median for a missing number, and scales to mean 0 and deviation 1", () => {
    const areas = encodeRows(fitEncoder(rows, { columns: ["area"] }), rows).map(([area]) => area as number);
    const scale = Math.sqrt(2);
    expect(areas).toEqual([-2 / scale, 0, 2 / scale, 0]);
  });

  it("gives each level that is frequent enough a feature, and none to missing or unseen ones", () => {
    const encoder = fitEncoder(rows, { columns: ["zone"], minCount: 2 });
    expect(encoder.features).toEqual(["zone=A"]);
    const others = [...rows, { area: 1, zone: "C", sold: true }];
    expect(encodeRows(encoder, others)).toEqual([[1], [1], [0], [0], [0]]);
    expect(fitEncoder(rows, { columns: ["zone"], minCount: 1 }).features).toEqual(["zone=A", "zone=B"]);
  });

  it("names a column that the rows lack", () => {
    expect(() => fitEncoder(rows, { columns: ["price"] })).toThrow(/no column "price"/);
  });
});

describe("kFold", () => {
  it("puts each row into the test part of one fold, and the classes evenly into all", () => {
    const labels = Array.from({ length: 50 }, (_, at) => (at < 10 ? 1 : 0));
    const folds = kFold(50, { folds: 5, seed: 3, labels });
    expect(folds.flatMap(({ test }) => test).sort((a, b) => a - b)).toEqual(labels.map((_, at) => at));
    for (const { train, test } of folds) {
      expect(test.filter((row) => labels[row] === 1).length).toBe(2);
      expect([train.length, test.some((row) => train.includes(row))]).toEqual([40, false]);
    }
  });

  it("refuses more folds than rows", () => {
    expect(() => kFold(3, { folds: 4 })).toThrow(/folds is 4/);
  });
});

describe("measures", () => {
  it("are 0 where no class 1 is predicted or there", () => {
    expect([f1([1, 0], [0, 0]), precision([1, 0], [0, 0]), recall([0, 0], [1, 0])]).toEqual([0, 0, 0]);
  });

  it("give the mean an R2 of 0, and refuse other numbers of predictions", () => {
    expect(r2([1, 2, 3], [2, 2, 2])).toBe(0);
    expect(() => r2([1, 2, 3], [2])).toThrow(/3 true values and 1 predictions/);
  });
});

describe("fits", () => {
  const [x, y] = [
    [[1], [2], [3]],
    [1, 0, 1],
  ];

  it.each([
    ["a value that is no number", () => fitRidge([[1], [Number.NaN]], [1, 2]), /X\[1\]\[0\] is NaN/],
    ["rows of different lengths", () => fitRidge([[1], [1, 2]], [1, 2]), /row 1 of X has 2 values/],
    ["too few targets", () => fitForest(x, [1]), /3 rows, y has 1/],
    ["targets that are no classes", () => fitLogistic(x, [1, 2, 1]), /y\[1\] is 2/],
    ["one class", () => fitBoosting(x, [1, 1, 1], { logistic: 1 }), /two classes/],
    ["an option beyond its limits", () => fitBoosting(x, y, { rounds: 5_000 }), /rounds is 5000; it may be 1 to 600/],
    ["an unknown option", () => fitBoosting(x, y, { nRounds: 5 } as object), /no option "nRounds".*rounds/],
    ["a matrix of another width", () => predictWith(fitRidge(x, y), [[1, 2]]), /1 features, X has 2/],
  ])("refuse %s", (_, fit, message) => {
    expect(fit).toThrow(message);
  });

  it("ridge solves features that repeat one another, without a penalty", () => {
    const twice = [
      [1, 1],
      [2, 2],
      [3, 3],
    ];
    const predicted = predictWith(fitRidge(twice, [2, 4, 6], { alpha: 0 }), [[4, 4]]);
    expect(predicted[0]).toBeCloseTo(8, 4);
  });

  it("give the same forest for the same seed, and another one for another", () => {
    const many = Array.from({ length: 40 }, (_, at) => [(at * 7) % 40, (at * 11) % 40]);
    const targets = many.map(([a = 0, b = 0]) => a * b);
    const of = (seed: number) => fitForest(many, targets, { trees: 3, seed });
    expect(of(1)).toEqual(of(1));
    expect(of(2)).not.toEqual(of(1));
  });
});
