import { describe, expect, it } from "vitest";
import { keyOf, pathOf, roleOf } from "../../../src/training/journal/call-key.ts";
import { inSegment } from "../../../src/util/external-call.ts";

describe("the key of a call", () => {
  it.each(["", "run 3 a:b", "step 1", "candidate c/validation/x:0:1"])("gives back its path: %j", (path) => {
    expect(pathOf(keyOf(path, "0123abcd", 12))).toBe(path);
  });

  it.each([
    ["", "agent"],
    ["run 3 steps", "agent"],
    ["run 3 judge", "agent"],
    ["candidate 12ab/validation/e1", "agent"],
    ["run 3 e1/episode 2", "agent"],
    ["run 3 e1/judge", "judge"],
    ["round 2/candidate 12ab/test/e1/judge", "judge"],
    ["step 4", "optimizer"],
    ["step 4/node f", "optimizer"],
    ["round 2/step 4", "optimizer"],
    ["round 2/proposal 1", "optimizer"],
    ["proposal 3/ask", "optimizer"],
  ])("at %j says that the caller is the %s", (path, role) => {
    expect(roleOf(keyOf(path, "0123abcd", 0))).toBe(role);
  });

  it.each(["a/judge", "step 1/x", "proposal 2", "b/proposal 2", "100 %"])(
    "takes the id %j of an example for nothing else",
    (id) => {
      expect(roleOf(keyOf(`run 1 ${inSegment(id)}`, "0123abcd", 0))).toBe("agent");
      expect(roleOf(keyOf(`candidate 12ab/train/${inSegment(id)}#0`, "0123abcd", 0))).toBe("agent");
      expect(decodeURIComponent(inSegment(id))).toBe(id);
    },
  );
});
