/** The recorded searches on circle packing and bin packing give the committed outcomes again. */

import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../llm/folder.ts";
import { confine } from "../../sandbox/process/confinement.ts";
import { replayedRuns, replayOutcomes } from "./replay-outcome.ts";

const recorded = ["circle-packing", "bin-packing"].flatMap((study) =>
  replayedRuns(study).map((search) => [study, search] as const),
);

test.each(recorded)("%s with %s", async (study, search) => {
  const options = ["--search", search, "--confine", confine, "--out", join(temporaryFolder(), "run")];
  const { committed, replayed } = await replayOutcomes(study, [search], options);
  expect(replayed).toEqual(committed);
});
