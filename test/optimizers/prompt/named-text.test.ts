/** Text that a prompt shows already is named inside of values, within bounds. */

import { describe, expect, it } from "vitest";
import { withNamedText } from "../../../src/optimizers/prompt/named-text.ts";

const text = "Answer in one short line.";

describe("withNamedText", () => {
  it("names the text wherever it stands, and leaves a value without it alone", () => {
    const value = { messages: [{ role: "system", content: `${text}\nBe kind.` }], other: [1, null] };
    expect(withNamedText(value, text, "prompt")).toEqual({
      ...value,
      messages: [{ role: "system", content: "$" + "{prompt}\nBe kind." }],
    });
    const without = { messages: ["Hello."] };
    expect(withNamedText(without, text, "prompt")).toBe(without);
  });

  it("looks into a part once a depth, however often a value holds it", () => {
    let reads = 0;
    const list: unknown[] = [];
    const watched = new Proxy(list, {
      get(target, key) {
        reads += 1;
        return Reflect.get(target, key);
      },
    });
    list.push(text, ...Array.from({ length: 100 }, () => watched));
    const named = withNamedText(watched, text, "prompt") as unknown[][][];
    expect([named[0], named[1]?.[0], named[100]?.[100]?.[0]]).toEqual(Array(3).fill("$" + "{prompt}"));
    // Each of the four depths reads the list twice: to name, and to compare.
    expect(reads).toBeLessThan(4 * 2 * 101 + 100);
  });

  it("names in a bounded number of parts", () => {
    const named = withNamedText(Array(20_000).fill(text), text, "prompt") as string[];
    expect([named.length, named[0], named.at(-1)]).toEqual([20_000, "$" + "{prompt}", text]);
  });
});
