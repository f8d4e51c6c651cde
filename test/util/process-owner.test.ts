import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isOfAnother, newMark, ownerOf, removeMark, stateOf, thisProcess } from "../../src/util/process-owner.ts";
import { temporaryFolder } from "../llm/folder.ts";
import { markOf } from "../llm/mark.ts";

/** No process has this number. */
const nobody = 2 ** 30;

describe("a mark", () => {
  it("names its owner, which runs, and is unlike every other mark", () => {
    const [one, two] = [newMark(), newMark()];
    expect(one).not.toBe(two);
    expect(ownerOf(one)).toMatchObject({ ...thisProcess() });
    expect(stateOf(ownerOf(one) ?? {})).toBe("running");
  });

  it.each(["", "{", "null", "[]", '{"pid":"1"}', "{}"])("that reads %j names nobody", (text) => {
    expect(ownerOf(text)).toBeUndefined();
    expect(isOfAnother(text)).toBe(false);
  });

  it("is of another process only while that is known to run", () => {
    expect(isOfAnother(newMark())).toBe(false);
    expect(isOfAnother(markOf(process.ppid))).toBe(true);
    expect(isOfAnother(markOf(nobody))).toBe(false);
    expect(isOfAnother(markOf(process.ppid, { boot: "an earlier one" }))).toBe(false);
    expect(isOfAnother(markOf(process.ppid, { host: "elsewhere" }))).toBe(false);
    expect(stateOf({ ...thisProcess(), host: "elsewhere" })).toBe("unknown");
  });

  it.runIf(process.platform === "linux")("is not taken for that of a later process with the same number", () => {
    expect(isOfAnother(markOf(process.ppid, { started: "1" }))).toBe(false);
    expect(stateOf({ ...thisProcess(), started: "1" })).toBe("ended");
  });

  it("is removed by its owner, and left when another has replaced it", async () => {
    const path = join(temporaryFolder(), "mark");
    const mark = newMark();
    writeFileSync(path, mark);
    expect(await removeMark(path, mark)).toBe("removed");
    expect(await removeMark(path, mark)).toBe("removed");
    const others = newMark();
    writeFileSync(path, others);
    expect(await removeMark(path, mark)).toBe("another's");
    expect(readFileSync(path, "utf8")).toBe(others);
  });
});
