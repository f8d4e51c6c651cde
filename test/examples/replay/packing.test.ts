/** The recorded searches on circle packing and bin packing give the committed outcomes again. */

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../llm/folder.ts";
import { confine } from "../../sandbox/process/confinement.ts";
import { replayOutcomes } from "./replay-outcome.ts";

/** A study with each search whose answers are recorded. */
function recordedRuns(study: string): readonly (readonly [string, string])[] {
  const folder = join(import.meta.dirname, "../../../examples", study, "cassettes");
  const files = existsSync(folder) ? readdirSync(folder) : [];
  return files.map((name) => [study, name.replace(".cassette.json", "")] as const);
}

test.each([...recordedRuns("circle-packing"), ...recordedRuns("bin-packing")])("%s with %s", async (study, search) => {
  const options = ["--search", search, "--confine", confine, "--out", join(temporaryFolder(), "run")];
  const { committed, replayed } = await replayOutcomes(study, [search], options);
  expect(replayed).toEqual(committed);
});
