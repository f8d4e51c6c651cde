import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type EpochState, nextMinibatch, noEpoch, paddedOrder } from "../../../src/optimizers/gepa/epoch-sampler.ts";
import { seeded } from "../../../src/util/rng.ts";
import { gepa } from "./gepa-fixture.ts";

const ids = (n: number) => Array.from({ length: n }, (_, at) => String(at));

describe("the epoch sampler", () => {
  it.each([...gepa.samplers.entries()])(
    "case %i gives GEPA's minibatches when shuffled as there",
    (_, { size, steps }) => {
      let state: EpochState = noEpoch;
      for (const { n, iteration, call, epoch, order, chosen } of steps) {
        const [, mine] = nextMinibatch(state, ids(n), { size, iteration, call }, seeded(1));
        expect(mine.epoch).toBe(epoch);
        expect(mine.order).toHaveLength(order.length);
        // GEPA pads its own shuffle the same way.
        expect(paddedOrder(order.slice(0, n).map(String), size)).toEqual(order.map(String));
        // Shuffled anew exactly where GEPA did; from here on, in its order.
        if (mine !== state) state = { epoch, order: order.map(String) };
        expect(state.order).toEqual(order.map(String));
        expect(nextMinibatch(state, ids(n), { size, iteration, call }, seeded(1))[0]).toEqual(chosen.map(String));
      }
    },
  );

  it("visits every id once an epoch before any a second time, but for the padding", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 6 }), fc.nat(), (n, size, seed) => {
        const rng = seeded(seed);
        let state: EpochState = noEpoch;
        const rounds = Math.ceil(n / size);
        for (let epoch = 0; epoch < 3; epoch++) {
          const seen: string[] = [];
          for (let round = 0; round < rounds; round++) {
            const [batch, next] = nextMinibatch(state, ids(n), { size, iteration: epoch * rounds + round }, rng);
            expect(batch).toHaveLength(size);
            seen.push(...batch);
            state = JSON.parse(JSON.stringify(next)) as EpochState;
            expect(state.epoch).toBe(epoch);
          }
          expect(new Set(seen.slice(0, n)).size).toBe(n);
          const counts = ids(n).map((id) => seen.filter((one) => one === id).length);
          expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it("gives different minibatches to the calls of a round, as far as the epoch reaches", () => {
    const [first, state] = nextMinibatch(noEpoch, ids(9), { size: 3, iteration: 0 }, seeded(2));
    const others = [1, 2].map((call) => nextMinibatch(state, ids(9), { size: 3, iteration: 0, call }, seeded(2))[0]);
    expect(new Set([first, ...others].flat()).size).toBe(9);
  });

  it("shuffles anew when the ids are others", () => {
    const [, state] = nextMinibatch(noEpoch, ["a", "b"], { size: 2, iteration: 0 }, seeded(2));
    const [batch] = nextMinibatch(state, ["c", "d"], { size: 2, iteration: 0 }, seeded(2));
    expect([...batch].sort()).toEqual(["c", "d"]);
  });

  it("refuses a minibatch of nothing", () => {
    expect(() => nextMinibatch(noEpoch, [], { size: 2, iteration: 0 }, seeded(2))).toThrow("no examples");
    expect(() => nextMinibatch(noEpoch, ["a"], { size: 0, iteration: 0 }, seeded(2))).toThrow("`size`");
  });
});
