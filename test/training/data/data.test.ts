import fc from "fast-check";
import { TracegradError } from "tracegrad";
import { describe, expect, expectTypeOf, it } from "vitest";
import { datasetHash } from "../../../src/training/data/hash.ts";
import { split } from "../../../src/training/data/split.ts";
import type { Example } from "../../../src/training/types.ts";

const rows = (count: number) => Array.from({ length: count }, (_, index) => ({ input: `q${index}`, target: index }));
const idsOf = (examples: readonly Example[]) => examples.map((one) => one.id);

function codeOf(fn: () => unknown): string {
  try {
    fn();
  } catch (error) {
    if (error instanceof TracegradError) return error.code;
    throw error;
  }
  return "none";
}

describe("split", () => {
  it("gives the first rows for training, the next for validation, and seals the rest", () => {
    const data = split(rows(30), { train: 15, validation: 10 });
    expect(idsOf(data.train)).toEqual(Array.from({ length: 15 }, (_, index) => `${index}`));
    expect(idsOf(data.validation)).toEqual(Array.from({ length: 10 }, (_, index) => `${15 + index}`));
    expect(data.test.size).toBe(5);
    expect(data.train[3]).toEqual({ id: "3", input: "q3", target: 3 });
    expect(data.warnings).toEqual([]);
    expectTypeOf(data.train[0]).toEqualTypeOf<Example<string, number> | undefined>();
  });

  it("uses each row once, in any split and order, and the same order for the same seed", () => {
    fc.assert(
      fc.property(fc.nat(12), fc.nat(12), fc.nat(12), fc.option(fc.integer(), { nil: undefined }), (a, b, c, seed) => {
        const options = { train: a + 1, validation: b, ...(seed === undefined ? {} : { shuffle: seed }) };
        const [one, two] = [split(rows(a + 1 + b + c), options), split(rows(a + 1 + b + c), options)];
        const all = [...one.train, ...one.validation, ...one.test.read()];
        expect(all).toEqual([...two.train, ...two.validation, ...two.test.read()]);
        expect(
          idsOf(all)
            .map(Number)
            .sort((x, y) => x - y),
        ).toEqual(rows(a + 1 + b + c).map((_, index) => index));
        expect([one.train.length, one.validation.length, one.test.size]).toEqual([a + 1, b, c]);
      }),
    );
  });

  it("shuffles when a seed is given, keeping each row's id", () => {
    const data = split(rows(30), { train: 30, validation: 0, shuffle: 1 });
    expect(idsOf(data.train)).not.toEqual(idsOf(split(rows(30), { train: 30, validation: 0 }).train));
    for (const example of data.train) expect(example.input).toBe(`q${example.id}`);
    expect(idsOf(split(rows(30), { train: 30, validation: 0, shuffle: 2 }).train)).not.toEqual(idsOf(data.train));
  });

  it("takes null for a target, or an input, like any other value", () => {
    const data = split([{ input: "Is there a date?", target: null, answer: "no" }], { train: 1, validation: 0 });
    expect(data.train).toEqual([{ id: "0", input: "Is there a date?", target: null }]);
    expect(split([{ input: null, target: 1 }], { train: 1, validation: 0 }).train[0]?.input).toBeNull();
    expect(() => split([{ input: "a", target: undefined }], { train: 1, validation: 0 })).toThrow(
      /Row 0 has no target/,
    );
  });

  it("refuses a promise in the place of an input or a target", () => {
    const row = { input: Promise.resolve("a"), target: 1 };
    expect(() => split([row], { train: 1, validation: 0 })).toThrow(
      /^Row 0 has a promise as its input: await it before/,
    );
    const options = { train: 1, validation: 0, target: async () => "a" };
    expect(() => split([{ input: "a" }], options)).toThrow(/Row 0 has a promise as its target/);
  });

  it("reads question and answer, ids of rows, and whatever functions give", () => {
    const asked = split([{ id: 7, question: "6 x 7?", answer: "42" }], { train: 1, validation: 0 });
    expect(asked.train).toEqual([{ id: "7", input: "6 x 7?", target: "42" }]);
    expectTypeOf(asked.train).toEqualTypeOf<readonly Example<string, string>[]>();
    const picked = split([["a", 1] as const, ["b", 2] as const], {
      train: 2,
      validation: 0,
      id: ([name]) => name,
      input: ([name]) => ({ name }),
      target: ([, value]) => value > 1,
    });
    expect(picked.train[1]).toEqual({ id: "b", input: { name: "b" }, target: true });
    expectTypeOf(picked.train).toEqualTypeOf<readonly Example<{ name: "a" | "b" }, boolean>[]>();
  });

  it("names the row that has no input, target or id, and the mend", () => {
    const train = { train: 1, validation: 0 };
    expect(() => split([...rows(2), { query: "?", target: 1 }], train)).toThrow(
      'Row 2 has no input: it is { query: "?", target: 1 }, without a field "input" or "question". Fix the row, or give split `input: (row) => …`.',
    );
    expect(() => split([{ input: "?", anwser: 1 }], train)).toThrow(
      'Row 0 has no target: it is { input: "?", anwser: 1 }',
    );
    expect(() => split([1, 2], train)).toThrow("Row 0 has no input: it is 1");
    expect(() => split(rows(2), { ...train, target: () => undefined })).toThrow("the option `target` gave undefined");
    expect(() => split([{ id: {}, input: 1, target: 1 }], train)).toThrow("Row 0 has the id {}");
    expect(() => split(rows(2), { ...train, id: () => "same" })).toThrow(/(share examples|have the id)/);
    expect(codeOf(() => split([null], train))).toBe("bad-row");
  });

  it("refuses more examples than there are, and counts that are none", () => {
    expect(() => split(rows(20), { train: 15, validation: 10 })).toThrow(
      "There are 20 rows, but train (15) and validation (10) need 25.",
    );
    expect(() => split(rows(3), { train: 0, validation: 1 })).toThrow("`train` must be a whole number, 1 or more");
    expect(() => split(rows(3), { train: 1, validation: -1 })).toThrow("`validation` must be a whole number");
    expect(() => split(rows(3), { train: 1, validation: 1, shuffle: Number.NaN })).toThrow("`shuffle` is a seed");
    expect(() => split("rows" as never, { train: 1, validation: 1 })).toThrow('takes an array of rows; got "rows"');
  });

  it("validates on the training examples only when told so, and warns", () => {
    const data = split(rows(10), { train: 4, validation: "train" });
    expect(data.validation).toEqual(data.train);
    expect(data.test.size).toBe(6);
    expect(data.warnings).toEqual([expect.stringContaining("Validation is the training set itself")]);
  });
});

describe("overlap between the parts of a split", () => {
  const copied = [...rows(3), { input: "q0", target: 0 }, { input: "new", target: 9 }];

  it("is refused when inputs and targets are equal, whatever the order of their fields", () => {
    expect(() => split(copied, { train: 2, validation: 1 })).toThrow(
      /"0" in train and "3" in test\. A program that has seen the answers/,
    );
    const nested = [
      { input: { a: 1, b: [2] }, target: "x" },
      { input: { b: [2], a: 1 }, target: "x" },
    ];
    expect(codeOf(() => split(nested, { train: 1, validation: 1 }))).toBe("overlap");
    expect(codeOf(() => split([...nested, { input: 1, target: 1 }], { train: 2, validation: 1 }))).toBe("none");
  });

  it("is refused when ids are equal, and ids twice in one part always", () => {
    const same = rows(4).map((row, index) => ({ ...row, id: index % 2 }));
    expect(codeOf(() => split(same, { train: 2, validation: 2 }))).toBe("overlap");
    expect(split(same, { train: 2, validation: 2, allowOverlap: "ids are groups" }).validation).toHaveLength(2);
    expect(() => split(same, { train: 4, validation: 0, allowOverlap: "ids are groups" })).toThrow(
      'Two rows have the id "0" in train',
    );
  });

  it("is allowed for a reason, which is kept as a warning", () => {
    const data = split(copied, { train: 2, validation: 1, allowOverlap: "the task is to remember" });
    expect(data.warnings).toEqual([
      expect.stringMatching(/"0" in train and "3" in test.*because: the task is to remember/),
    ]);
    expect(codeOf(() => split(copied, { train: 2, validation: 1, allowOverlap: " " }))).toBe("bad-option");
  });

  it("counts the pairs beyond the first three", () => {
    const twice = [...rows(6), ...rows(6)];
    expect(() => split(twice, { train: 6, validation: 0 })).toThrow(", and 3 more");
  });

  it("is not guessed of values that cannot be compared", () => {
    class Table {
      readonly name = "table";
      readonly rows: number;
      constructor(rows: number) {
        this.rows = rows;
      }
    }
    const tables = [new Table(1), new Table(1)].map((input) => ({ input, target: "same" }));
    expect(codeOf(() => split(tables, { train: 1, validation: 1 }))).toBe("none");
    const spelled = ['"$type":"opaque"', '"$type":"opaque"'].map((input) => ({ input, target: 1 }));
    expect(codeOf(() => split(spelled, { train: 1, validation: 1 }))).toBe("overlap");
  });
});

describe("the sealed test set", () => {
  it("is read once; then only after unsealing by name, once for each reason, and counts", () => {
    const { test } = split(rows(5), { train: 2, validation: 1 });
    expect(test.reads).toEqual([]);
    expect(idsOf(test.read())).toEqual(["3", "4"]);
    expect(codeOf(() => test.read())).toBe("sealed");
    expect(() => test.read()).toThrow('call test.unseal("why")');
    expect(idsOf(test.unseal("a bug in the guide").read())).toEqual(["3", "4"]);
    expect(codeOf(() => test.read())).toBe("sealed");
    expect(test.reads).toEqual([{ reason: "the one reading of the test set" }, { reason: "a bug in the guide" }]);
    for (const reason of ["", "  ", undefined]) expect(codeOf(() => test.unseal(reason as string))).toBe("bad-reason");
  });

  it("allows one reading also when it is unsealed before the first", () => {
    const { test } = split(rows(5), { train: 2, validation: 1 });
    test.unseal("only this").read();
    expect(codeOf(() => test.read())).toBe("sealed");
    expect(test.reads).toEqual([{ reason: "only this" }]);
  });

  it("shows its size and hash, but no example, before it is read", () => {
    const { test } = split(rows(5), { train: 2, validation: 1 });
    expect(test.size).toBe(2);
    expect(JSON.stringify(test)).not.toContain("q3");
    expect(Object.values(test)).toEqual([]);
    expect(test.hash).toBe(datasetHash(test.read()));
  });

  it("cannot be changed by who reads it", () => {
    const { test, train } = split(rows(5), { train: 2, validation: 1 });
    expect(() => (test.read() as Example[]).pop()).toThrow(TypeError);
    expect(() => (train as Example[]).pop()).toThrow(TypeError);
    expect(() => Object.assign(train[0] as Example, { target: 1 })).toThrow(TypeError);
  });
});

describe("the hash of a data set", () => {
  it("is the same for the same examples, and another when an id, input, target or the order changes", () => {
    const hash = (change: Partial<Example> = {}, reverse = false) => {
      const examples: Example[] = [
        { id: "a", input: { x: 1, y: new Date(0) }, target: 1 },
        { id: "b", input: "b", target: 2n, ...change },
      ];
      return datasetHash(reverse ? examples.reverse() : examples);
    };
    const hashes = [hash(), hash({ id: "c" }), hash({ input: "c" }), hash({ target: 3n }), hash({}, true)];
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(hash()).toBe(hashes[0]);
    expect(hash()).toMatch(/^[0-9a-f]{64}$/);
  });
});
