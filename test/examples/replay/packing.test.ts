/** The recorded searches on circle packing and bin packing give the committed outcomes again. */

import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../llm/folder.ts";
import { confine } from "../../sandbox/process/confinement.ts";
import { committedRuns, replayOutcomes } from "./replay-outcome.ts";

const searches = ["evolution", "gepa"];
const recorded = ["circle-packing", "bin-packing"].flatMap((study) =>
  committedRuns(study)
    // The others are yardsticks.
    .filter((search) => searches.includes(search))
    .map((search) => ({ study, search })),
);

test.each(recorded)("$study with $search", async ({ study, search }) => {
  const options = ["--search", search, "--confine", confine, "--out", join(temporaryFolder(), "run")];
  const { committed, replayed } = await replayOutcomes(study, [search], options);
  expect(replayed).toEqual(committed);
});
