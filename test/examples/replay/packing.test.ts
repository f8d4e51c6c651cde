/**
 * The recorded searches on circle packing and bin packing give the committed outcomes again. Those that pack bins, and the
 * one of GEPA, take a quarter of an hour each: unless the test is whole, only their beginnings are replayed.
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
const whole = recorded.filter(({ study, search }) => isWhole || (study === "circle-packing" && search === "evolution"));
const short = recorded.filter((one) => !whole.includes(one));

const optionsFor = (search: string): readonly string[] => [
  ...["--search", search, "--confine", confine],
  ...["--out", join(temporaryFolder(), "run")],
];

test.each(whole)("$study with $search", async ({ study, search }) => {
  const { committed, replayed } = await replayOutcomes(study, [search], optionsFor(search));
  expect(replayed).toEqual(committed);
});

/** A round of bin packing takes minutes: its start is scored, and the first answer is found. */
const limits: Readonly<Record<string, readonly string[]>> = {
  "circle-packing": ["--steps", "1"],
  "bin-packing": ["--steps", "1", "--answers", "1"],
};

test.each(short)("the first round of $study with $search", async ({ study, search }) => {
  const options = [...optionsFor(search), ...(limits[study] ?? [])];
  const { committed, replayed } = await replayOutcomes(study, [search], options);
  const isScored = study === "circle-packing";
  const expected = scoresUpTo(isScored ? 1 : 0, committed);
  expect(scoresUpTo(1, replayed)).toEqual(expected);
  expect(replayed.flatMap(({ notes }) => notes)).toContain(isScored ? "4 answers." : "1 answers.");
});
