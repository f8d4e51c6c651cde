/**
 * The recorded searches on circle packing and bin packing give the committed outcomes again. Those that pack bins, and the
 * one of GEPA, take a quarter of an hour each: only a whole test replays them.
 */

import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../llm/folder.ts";
import { confine } from "../../sandbox/process/confinement.ts";
import { committedRuns, isWhole, replayOutcomes } from "./replay-outcome.ts";

const searches = ["evolution", "gepa"];
const recorded = ["circle-packing", "bin-packing"]
  .flatMap((study) => committedRuns(study).map((search) => [study, search] as const))
  .filter(([study, search]) =>
    isWhole ? searches.includes(search) : study === "circle-packing" && search === "evolution",
  );

test.each(recorded)("%s with %s", async (study, search) => {
  const options = ["--search", search, "--confine", confine, "--out", join(temporaryFolder(), "run")];
  const { committed, replayed } = await replayOutcomes(study, [search], options);
  expect(replayed).toEqual(committed);
});
