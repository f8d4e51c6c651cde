/**
 * Recorded runs of the Atari study give their committed outcomes on the real games: those that take less than a minute
 * whole, the others up to their first step, unless the test is whole.
 */

import { join } from "node:path";
import { replay } from "tracegrad/llm";
import { expect, test } from "vitest";
import { Bridge, environmentOfAtari, hasAtari, pythonOfAtari } from "../../../examples/atari/bridge.ts";
import { gameOf } from "../../../examples/atari/games/index.ts";
import { type Arm, horizons, startRun } from "../../../examples/atari/learn.ts";
import { readOutcome } from "../../../examples/shared/outcome.ts";
import { temporaryFolder } from "../../llm/folder.ts";
import { committedRuns, isWhole, replayOutcomes } from "./replay-outcome.ts";

const study = join(import.meta.dirname, "..", "..", "..", "examples", "atari");
const runs = committedRuns("atari").map((run) => ({ run, ...armOf(run) }));

/** Games and runs that take less than a minute. */
const replayedWhole = [
  "breakout",
  "qbert",
  "enduro",
  "asterix-one-step-1",
  "pong-multi-step-1",
  "seaquest-multi-step-2",
];
/** Their first rewrites play for minutes: of these runs the start is scored, and the first answer is found. */
const long = ["asterix", "pong"];
const whole = runs.filter(({ run }) => isWhole || replayedWhole.some((beginning) => run.startsWith(beginning)));
const short = runs.filter((one) => !whole.includes(one));

function armOf(run: string): Arm {
  const [, game = "", name = "", trial = ""] = /^(.+)-(one-step|multi-step)-(\d+)$/.exec(run) ?? [];
  const horizon = horizons.find((each) => each === name) ?? "one-step";
  return { game: gameOf(game), horizon, trial: Number(trial), steps: 1, pastGoal: false };
}

function isInstalled(): boolean {
  if (hasAtari()) return true;
  console.warn(`There is no ${pythonOfAtari()}, so no game is played: npm run setup:atari.`);
  return false;
}

/** What the committed command says beyond the run's name, such as the number of its steps. */
const stepOptions = (run: string): readonly string[] =>
  /--steps .*$/.exec(readOutcome(study, run).command)?.[0].split(" ") ?? [];

test.each(whole)("Atari, $run", async ({ run, game, horizon, trial }) => {
  if (!isInstalled()) return;
  process.env["TRACEGRAD_ATARI"] = environmentOfAtari();
  const options = ["--game", game.id, "--horizon", horizon, "--trial", String(trial), ...stepOptions(run)];
  const { committed, replayed } = await replayOutcomes(
    "atari",
    [run],
    [...options, "--out", join(temporaryFolder(), run)],
  );
  expect(replayed).toEqual(committed);
});

test.each(short)("Atari, the first step of $run", async ({ run, ...arm }) => {
  if (!isInstalled()) return;
  const { validation } = readOutcome(study, run);
  const { game } = arm;
  // Where all games of the start score alike, one of them leads to the same prompt.
  const episodes = validation?.start.standardError === 0 ? 1 : game.evaluation.episodes;
  const stop = new AbortController();
  const bridge = new Bridge();
  const started = startRun(
    { ...arm, game: { ...game, evaluation: { ...game.evaluation, episodes } } },
    { agent: game.makeAgent(), bridge, llm: replay(join(study, "cassettes", `${run}.json.gz`)), signal: stop.signal },
  );
  const refused: unknown[] = [];
  started.on((event) => {
    if (event.type !== "step") return;
    refused.push(event.proposal.refused);
    if (long.includes(game.id)) stop.abort();
  });
  const { candidates } = await started.result.finally(() => bridge.close());
  expect(refused).toEqual([[]]);
  const scores = candidates.map((one) => one.validation?.mean);
  const [first] = validation?.steps ?? [];
  expect(scores).toEqual([validation?.start.mean, long.includes(game.id) ? undefined : first?.mean]);
});
