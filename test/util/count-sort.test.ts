import fc from "fast-check";
import { expect, test } from "vitest";
import { sortedByKey } from "../../src/util/count-sort.ts";

test("sorts indices by their keys, equal ones in their order", () => {
  fc.assert(
    fc.property(fc.uint32Array({ max: 20 }), (keys) => {
      const compared = [...keys.keys()].sort((a, b) => (keys[a] as number) - (keys[b] as number));
      expect([...sortedByKey(keys)]).toEqual(compared);
    }),
  );
});
