/** Recorded runs of the Atari study give their committed outcomes on the real games: those that take seconds. */

import { join } from "node:path";
import { expect, test } from "vitest";
import { environmentOfAtari, hasAtari, pythonOfAtari } from "../../../examples/atari/bridge.ts";
import { temporaryFolder } from "../../llm/folder.ts";
import { committedRuns, replayOutcomes } from "./replay-outcome.ts";

/** The others play for minutes: `npm run atari` replays each. */
const short = ["breakout", "qbert", "enduro"];
const runs = committedRuns("atari").filter((run) => short.some((game) => run.startsWith(game)));

test.each(runs)("Atari, %s", async (run) => {
  if (!hasAtari()) {
    console.warn(`There is no ${pythonOfAtari()}, so no game is played: npm run setup:atari.`);
    return;
  }
  process.env["TRACEGRAD_ATARI"] = environmentOfAtari();
  const [, game = "", horizon = "", trial = ""] = /^(.+)-(one-step|multi-step)-(\d+)$/.exec(run) ?? [];
  const options = ["--game", game, "--horizon", horizon, "--trial", trial, "--steps", "1"];
  const { committed, replayed } = await replayOutcomes(
    "atari",
    [run],
    [...options, "--out", join(temporaryFolder(), run)],
  );
  expect(replayed).toEqual(committed);
});
