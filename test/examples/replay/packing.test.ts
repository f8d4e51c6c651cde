/**
 * The recorded searches on circle packing and bin packing give the committed outcomes again. Those that pack bins take a
 * quarter of an hour each: unless the test is whole, only their beginnings are replayed.
 */

import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../llm/folder.ts";
import { confine } from "../../sandbox/process/confinement.ts";
import { committedRuns, isWhole, replayOutcomes, scoresUpTo } from "./replay-outcome.ts";

const searches = ["evolution", "gepa"];
const recorded = ["circle-packing", "bin-packing"].flatMap((study) =>
  committedRuns(study)
    // The others are yardsticks.
    .filter((search) => searches.includes(search))
    .map((search) => ({ study, search })),
);
const whole = recorded.filter(({ study }) => isWhole || study === "circle-packing");
const short = recorded.filter((one) => !whole.includes(one));

const optionsFor = (search: string): readonly string[] => [
  ...["--search", search, "--confine", confine],
  ...["--out", join(temporaryFolder(), "run")],
];

test.each(whole)("$study with $search", async ({ study, search }) => {
  const { committed, replayed } = await replayOutcomes(study, [search], optionsFor(search));
  expect(replayed).toEqual(committed);
});

test.each(short)("the start and the first answer of $study with $search", async ({ study, search }) => {
  const options = [...optionsFor(search), "--steps", "1", "--answers", "1"];
  const { committed, replayed } = await replayOutcomes(study, [search], options);
  expect(scoresUpTo(1, replayed)).toEqual(scoresUpTo(0, committed));
  expect(replayed.flatMap(({ notes }) => notes)).toContain("1 answers.");
});
