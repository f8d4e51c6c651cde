import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide, mostEvidence, pairedEvidence } from "../../../src/optimizers/pure/sequential-test.ts";
import { type Rng, seeded } from "../../../src/util/rng.ts";

type Draw = (rng: Rng) => number;
const gauss: Draw = (rng) => Math.sqrt(-2 * Math.log(1 - rng.float())) * Math.cos(2 * Math.PI * rng.float());
const binary =
  (p: number): Draw =>
  (rng) =>
    rng.float() < p ? 1 : 0;
const between =
  (challenger: Draw, incumbent: Draw): Draw =>
  (rng) =>
    challenger(rng) - incumbent(rng);

/** Asks after every few pairs, as long as the answer is open. */
function trial(draw: Draw, pairs: number, rng: Rng): { accepted: boolean; used: number } {
  const differences: number[] = [];
  for (;;) {
    for (let more = 0; more < 3 && differences.length < pairs; more++) differences.push(draw(rng));
    const verdict = decide(differences, { alpha: 0.05, remaining: pairs - differences.length });
    if (verdict !== "undecided") return { accepted: verdict === "accept", used: differences.length };
  }
}

function many(draw: Draw, pairs: number, trials: number): { accepted: number; used: number } {
  const rng = seeded("sequential");
  const all = Array.from({ length: trials }, () => trial(draw, pairs, rng));
  return {
    accepted: all.filter(({ accepted }) => accepted).length / trials,
    used: all.reduce((sum, { used }) => sum + used, 0) / trials,
  };
}

/** All sequences of signs, each as likely as the other under the null hypothesis. */
function signings(sizes: readonly number[]): number[][] {
  return sizes.reduce<number[][]>(
    (rows, size) =>
      rows.flatMap((row) => [
        [...row, size],
        [...row, -size],
      ]),
    [[]],
  );
}

const differences = fc.array(
  fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true, min: -1e6, max: 1e6 })),
  {
    maxLength: 30,
  },
);

describe("A/A: two equally good candidates", () => {
  it.each([
    ["binary, p = .1", between(binary(0.1), binary(0.1))],
    ["binary, p = .5", between(binary(0.5), binary(0.5))],
    ["binary, p = .9", between(binary(0.9), binary(0.9))],
    ["Gaussian", between(gauss, gauss)],
    ["heavy-tailed (Cauchy)", (rng: Rng) => gauss(rng) / gauss(rng)],
    ["without a variance, noise that grows", (rng: Rng) => Math.sign(rng.float() - 0.5) * (1 - rng.float()) ** -2],
  ])("%s: accepted at most 5 times in a hundred, looking all the time", (_, draw) => {
    // Three standard errors of 1500 trials, so that the claim and not the seed is tested.
    expect(many(draw, 60, 1500).accepted).toBeLessThanOrEqual(0.05 + 3 * Math.sqrt((0.05 * 0.95) / 1500));
  });

  it("a strict comparison of a minibatch of three accepts a third of the time", () => {
    const rng = seeded("strict");
    const draw = between(binary(0.5), binary(0.5));
    const accepted = Array.from({ length: 4000 }, () => draw(rng) + draw(rng) + draw(rng)).filter((sum) => sum > 0);
    expect(accepted.length / 4000).toBeCloseTo(0.34375, 1);
  });

  it("the evidence is 1 on average over all signs, exactly, for any sizes", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, min: 0.001, max: 1000 }), { minLength: 1, maxLength: 9 }),
        (sizes) => {
          const last = signings(sizes).map((row) => pairedEvidence(row).at(-1) as number);
          expect(last.reduce((sum, one) => sum + one, 0) / last.length).toBeCloseTo(1, 9);
        },
      ),
    );
  });

  it("the chance that the evidence ever reaches 1 / alpha is at most alpha, counted over all signs", () => {
    for (const sizes of [
      Array<number>(12).fill(1),
      [9, 1, 4, 1, 1, 7, 1, 2, 1, 3, 1, 1],
      Array.from({ length: 12 }, (_, at) => 2 ** at),
    ]) {
      const rows = signings(sizes);
      for (const alpha of [0.2, 0.1, 0.05, 0.01]) {
        const crossed = rows.filter((row) => pairedEvidence(row).some((value) => value >= 1 / alpha));
        expect(crossed.length / rows.length).toBeLessThanOrEqual(alpha);
      }
    }
  });
});

describe("power", () => {
  it("accepts .7 over .5 on binary scores in at least 80 of 100 runs of 200 pairs, with half on average", () => {
    const { accepted, used } = many(between(binary(0.7), binary(0.5)), 200, 300);
    expect(accepted).toBeGreaterThanOrEqual(0.8);
    expect(used).toBeLessThan(110);
  });

  it("accepts a gain of half a standard deviation of the differences in at least 80 of 100 runs of 60 pairs", () => {
    expect(many((rng) => gauss(rng) + 0.5, 60, 300).accepted).toBeGreaterThanOrEqual(0.8);
  });

  it("accepts a candidate that always wins after six pairs, however small the gain", () => {
    for (const gain of [1, 1e-9]) {
      expect(decide(Array<number>(5).fill(gain), { alpha: 0.05, remaining: 44 })).toBe("undecided");
      expect(decide(Array<number>(6).fill(gain), { alpha: 0.05, remaining: 44 })).toBe("accept");
    }
  });

  it("turns a worse candidate away early, and a better one seldom", () => {
    const worse = many(between(binary(0.3), binary(0.7)), 200, 200);
    expect(worse.accepted).toBe(0);
    expect(worse.used).toBeLessThan(50);
    const rng = seeded("beta");
    const rejected = Array.from({ length: 300 }, () => Array.from({ length: 60 }, () => gauss(rng) + 0.1)).filter(
      (row) => decide(row, { alpha: 0.001, remaining: 1000 }) === "reject",
    );
    expect(rejected.length / 300).toBeLessThanOrEqual(0.05);
  });
});

describe("the evidence", () => {
  it("does not hang on the scale of the scores, nor on ties", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -50, max: 50 }), { maxLength: 30 }),
        fc.integer({ min: -20, max: 20 }),
        (values, power) => {
          const plain = pairedEvidence(values).at(-1) ?? 1;
          const scaled = pairedEvidence(values.map((value) => value * 2 ** power)).at(-1) ?? 1;
          expect(scaled).toBe(plain);
          expect(pairedEvidence(values.flatMap((value) => [0, value, 0])).at(-1) ?? 1).toBe(plain);
        },
      ),
    );
  });

  it("never exceeds what mostEvidence says, and never falls when a loss becomes a win", () => {
    fc.assert(
      fc.property(differences, fc.nat(), (values, at) => {
        const evidence = pairedEvidence(values);
        for (const [index, value] of evidence.entries()) {
          expect(value).toBeLessThanOrEqual(mostEvidence(index + 1) * (1 + 1e-9));
          expect(value).toBeGreaterThanOrEqual(0);
        }
        const won = values.map((value, index) => (index === at % values.length ? Math.abs(value) : value));
        expect((pairedEvidence(won).at(-1) ?? 1) * (1 + 1e-9)).toBeGreaterThanOrEqual(evidence.at(-1) ?? 1);
      }),
    );
  });

  it("is a number for any sizes and lengths", () => {
    const long = pairedEvidence([...Array<number>(3000).fill(1), -1, ...Array<number>(3000).fill(-1e308), 1e308]);
    expect(long.some(Number.isNaN)).toBe(false);
    expect(mostEvidence(5000)).toBe(Number.POSITIVE_INFINITY);
    expect(mostEvidence(0)).toBe(1);
  });
});

describe("a decision", () => {
  it("once rejected could not have been accepted, with no later difference larger than those so far", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 1, maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 8 }),
        (values, wins) => {
          const beta = 1e-9;
          const verdict = decide(values, { alpha: 0.05, remaining: wins.length, beta });
          const largest = Math.max(...values.map(Math.abs));
          const later = wins.map((win) => (largest === 0 ? win : Math.min(win, largest)));
          if (verdict === "reject") {
            expect(decide([...values, ...later], { alpha: 0.05, remaining: 0, beta })).toBe("reject");
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("is never open when nothing remains, and stays once the evidence was enough", () => {
    fc.assert(
      fc.property(differences, (values) => {
        expect(decide(values, { alpha: 0.05, remaining: 0 })).not.toBe("undecided");
        expect(decide([...Array<number>(6).fill(2), ...values], { alpha: 0.05, remaining: 0 })).toBe("accept");
      }),
    );
  });

  it("is a rejection at once when the pairs could never be enough", () => {
    expect(decide([], { alpha: 0.05, remaining: 4 })).toBe("reject");
    expect(decide([], { alpha: 0.05, remaining: 5 })).toBe("undecided");
    expect([4, 5].map((pairs) => mostEvidence(pairs) >= 20)).toEqual([false, true]);
  });

  it("refuses what is no difference and no chance, naming it", () => {
    expect(() => pairedEvidence([1, Number.NaN])).toThrow("Difference 1 is NaN");
    expect(() => decide([], { alpha: 5, remaining: 1 })).toThrow("`alpha` is a chance");
    expect(() => decide([], { alpha: 0.05, beta: 0, remaining: 1 })).toThrow("`beta` is a chance");
    expect(() => decide([], { alpha: 0.05, remaining: -1 })).toThrow("`remaining` is a whole number");
    expect(() => mostEvidence(0.5)).toThrow("`pairs` is a whole number");
  });
});
