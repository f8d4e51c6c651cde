/**
 * Each recorded cassette belongs to a committed outcome, and so to a replay: the tests beside this one go through all
 * committed outcomes of their studies.
 */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { committedRuns } from "./replay-outcome.ts";

const examples = join(import.meta.dirname, "..", "..", "..", "examples");

/** Where the answers of a run are, in the folder of its study; of several places, those that exist. */
const cassettesOf: Readonly<Record<string, (run: string) => readonly string[]>> = {
  atari: (run) => [`cassettes/${run}.json.gz`],
  bbh: (run) => {
    const [, task, batch] = /^(.+)-(batch-.+)$/.exec(run) ?? [];
    return [`cassettes/${task}/agent.cassette.json.gz`, `cassettes/${task}/${batch}.cassette.json.gz`];
  },
  "bin-packing": (run) => [`cassettes/${run}.cassette.json.gz`],
  "circle-packing": (run) => [`cassettes/${run}.cassette.json.gz`],
  "first-steps": (run) => [`cassettes/${run}.cassette.json`],
  langgraph: (run) => [`cassettes/${run}.agent.cassette.json`, `cassettes/${run}.optimizer.cassette.json`],
  nested: (run) => [run.replace(/^nested-/, "inner-"), run.replace(/^nested-/, "outer-")].map(inCassettes),
  pipelines: (run) => [`cassettes/${run}.json.gz`],
  pong: () => ["pong.cassette.json"],
  prompt: (run) => [`${run}/agent.cassette.json`, `${run}/optimizer.cassette.json`],
  router: (run) => [`cassettes/${run}.cassette.json`],
  support: (run) => [run.replace(/^support-/, "agent-"), run.replace(/^support-/, "optimizer-")].map(inCassettes),
};

function inCassettes(name: string): string {
  return `cassettes/${name}.cassette.json`;
}

const isCassette = (path: string): boolean =>
  /\.cassette\.json(\.gz)?$/.test(path) || /(^|\/)cassettes\/.*\.json(\.gz)?$/.test(path);

test("each cassette of the examples has a committed outcome, which a test beside this one replays", () => {
  const replayed = Object.entries(cassettesOf).flatMap(([study, places]) =>
    committedRuns(study).flatMap((run) => places(run).map((place) => `${study}/${place}`)),
  );
  const found = readdirSync(examples, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter(isCassette);
  expect(found.length).toBeGreaterThan(90);
  expect(found.filter((path) => !replayed.includes(path))).toEqual([]);
});
