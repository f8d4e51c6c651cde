import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { cli } from "./child.ts";

it("tracegrad demo replays its run twice in one folder, and leaves a run that the other commands read", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tracegrad-demo-"));
  try {
    const run = join(folder, "run");
    const first = await cli(["demo", "--folder", run]);
    expect(first.out).toContain("Proven better on the sealed test: 0.00 → 1.00");
    expect(first.out).toMatch(
      /What to do next\n {2}1\. npx tracegrad view .*\n {2}2\. npx tracegrad diff .*\n {2}3\. /,
    );
    expect(first.out).toMatch(/README\.md /);
    expect(first).toMatchObject({ code: 0, err: "" });
    expect(await cli(["demo", "--folder", run])).toEqual(first);
    expect((await cli(["diff", `${run}@0`, run])).out).toContain("+Output: Clara|marketing|2017");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
