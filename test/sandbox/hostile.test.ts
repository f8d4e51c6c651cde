import { afterEach, expect, test, vi } from "vitest";
import { checkSource } from "../../src/sandbox/check.ts";
import { SourceError } from "../../src/util/errors.ts";
import { hostileTexts } from "./hostile.ts";
import { specOf } from "./programs.ts";

const F = specOf("f", ["x"]);
function refusal(text: string): unknown {
  try {
    checkSource(text, F);
    return undefined;
  } catch (error) {
    return error;
  }
}

afterEach(() => vi.restoreAllMocks());

test.each([
  [3_000, 9],
  [3_000, 40],
  [3_000, 150],
  [50_000, 20_000],
])("hostile texts of %i characters, nested %i times, are accepted or refused with a short error", (size, depth) => {
  const bad = hostileTexts(size, depth).filter(([, text]) => {
    const error = refusal(text);
    if (error === undefined) return false;
    return !(error instanceof SourceError) || /stack/.test(error.message) || error.message.length > 1_500;
  });
  expect(bad.map(([name]) => name)).toEqual([]);
});

test("most hostile texts are refused for what they are, not for their length", () => {
  const verdicts = hostileTexts(3_000, 20).map(([, text]) => refusal(text));
  expect(verdicts.filter((error) => error === undefined).length).toBeGreaterThan(110);
  expect(verdicts.filter((error) => /too (?:deeply|many)/.test(String(error))).length).toBeLessThan(12);
});

test.each([9, 40, 150])("our passes look at each node a few times, nested %i times or not", (depth) => {
  const looks = [vi.spyOn(Object, "values"), vi.spyOn(Map.prototype, "get"), vi.spyOn(Set.prototype, "delete")];
  const costly = hostileTexts(3_000, depth).filter(([, text]) => {
    for (const look of looks) look.mockClear();
    refusal(text);
    return looks.reduce((sum, { mock }) => sum + mock.calls.length, 0) > 8 * text.length;
  });
  expect(costly.map(([name]) => name)).toEqual([]);
});
