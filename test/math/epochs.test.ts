import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { startEpoch } from "../../src/math/epochs.ts";

const orders = fc.uniqueArray(fc.nat({ max: 30 }), { maxLength: 12 });
const cases = orders.chain((order) =>
  fc.tuple(fc.constant(order), fc.subarray([...order]), fc.nat({ max: order.length })),
);

describe("the order of an epoch that continues a batch", () => {
  test("has each item once", () => {
    fc.assert(
      fc.property(cases, ([order, recent, count]) => {
        expect([...startEpoch(order, recent, count)].sort()).toEqual([...order].sort());
      }),
    );
  });

  test("begins with items that the batch does not have yet, as far as there are any", () => {
    fc.assert(
      fc.property(cases, ([order, recent, count]) => {
        const fresh = Math.min(count, order.length - recent.length);
        const first = startEpoch(order, recent, count).slice(0, fresh);
        expect(first.filter((item) => recent.includes(item))).toEqual([]);
      }),
    );
  });

  test("is unchanged when the batch has nothing yet, and has the recent items last without a count", () => {
    expect(startEpoch([3, 1, 2], [])).toEqual([3, 1, 2]);
    expect(startEpoch([3, 1, 2, 4], [1, 3])).toEqual([2, 4, 3, 1]);
    expect(startEpoch([3, 1, 2, 4], [1, 3], 1)).toEqual([2, 3, 1, 4]);
  });
});
