/** The Atari study: a language model rewrites an agent's functions from a trace of one step, or of many. */

import { join } from "node:path";
import { parseArgs } from "node:util";
import { TracegradError, type TrainResult } from "tracegrad";
import { mailbox, record, replay } from "tracegrad/llm";
import { spreadText } from "tracegrad/report";
import { answersIn } from "../shared/answers.ts";
import { outcomeOf, type RunAbout, writeOutcome } from "../shared/outcome.ts";
import { styled } from "../shared/print.ts";
import { removeRun, writeReport } from "../shared/run-folder.ts";
import { runMain } from "../shared/run-main.ts";
import { Bridge } from "./bridge.ts";
import { gameOf, games } from "./games/index.ts";
import { type Arm, horizons, nameOf, startRun } from "./learn.ts";
import { addPictures, writeLearned } from "./learned.ts";
import { seedsFor } from "./world.ts";

const help = `The Atari study: credit horizons, on the real Arcade Learning Environment (npm run setup:atari).

  npm run atari -- --game seaquest          replay the recorded run of a game
    --game NAME      ${games.map(({ id }) => id).join(", ")}
    --horizon NAME   ${horizons.join(" or ")} (default multi-step)
    --trial N        1, 2, … (default 1)
    --steps N        optimizer steps (default 12)
    --past-goal      take all steps, also after a score that reaches the game's goal
    --mailbox DIR    write each prompt to DIR, wait for its answer, and record it, instead of replaying
    --cassette FILE  the recorded answers (default examples/atari/cassettes/GAME-HORIZON-TRIAL.json.gz)
    --out DIR        the run folder (default runs/atari/GAME-HORIZON-TRIAL)
    --resume         go on with the run in that folder instead of starting anew
    --write          write the outcome, and what was learned, to examples/atari/results and learned; with --mailbox
                     as that of a live run`;

interface Settings extends Arm {
  readonly box: string | undefined;
  readonly cassette: string;
  readonly out: string;
  readonly resume: boolean;
  readonly write: boolean;
}

function readSettings(): Settings {
  const { values } = parseArgs({
    options: {
      game: { type: "string", default: "space-invaders" },
      horizon: { type: "string", default: "multi-step" },
      trial: { type: "string", default: "1" },
      steps: { type: "string", default: "12" },
      "past-goal": { type: "boolean", default: false },
      mailbox: { type: "string" },
      cassette: { type: "string" },
      out: { type: "string" },
      resume: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(help);
    process.exit(0);
  }
  const game = gameOf(values.game);
  const horizon = horizons.find((each) => each === values.horizon);
  if (horizon === undefined) throw badOption("horizon", horizons.join(" or "), values.horizon);
  const arm = {
    game,
    horizon,
    trial: wholeNumber("trial", values.trial),
    steps: wholeNumber("steps", values.steps),
    pastGoal: values["past-goal"],
  };
  return {
    ...arm,
    box: values.mailbox,
    cassette: values.cassette ?? join(import.meta.dirname, "cassettes", `${nameOf(arm)}.json.gz`),
    out: values.out ?? join("runs", "atari", nameOf(arm)),
    resume: values.resume,
    write: values.write,
  };
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw badOption(name, "a whole number, 1 or more", text);
}

/** When the goal was reached, if it was. */
function goalNotes({ game }: Settings, { reason, candidates }: TrainResult): string[] {
  const reached = candidates.find(({ validation }) => (validation?.mean ?? Number.NEGATIVE_INFINITY) >= game.goal);
  if (reached === undefined) return [];
  if (reason === "goal") return [`Ended after step ${reached.step}: its score reached the goal, ${game.goal}.`];
  return [
    `The score after step ${reached.step} was the first to reach the goal, ${game.goal}; the run took all its steps.`,
  ];
}

const badOption = (name: string, what: string, got: string) =>
  new TracegradError("bad-option", `--${name} is ${what}; got "${got}".`);

async function main(settings: Settings): Promise<void> {
  const { game, horizon, trial, box, cassette, out, resume } = settings;
  console.log(
    styled("bold", `Learning to play ${game.title} (Arcade Learning Environment), ${horizon}, trial ${trial}.`),
  );
  console.log(box === undefined ? `Mode: replay. The answers are those in ${cassette}.` : `Mode: live, by ${box}.`);
  const llm = box === undefined ? replay(cassette) : record(mailbox(box), cassette);
  const bridge = new Bridge();
  if (!resume) removeRun(out);
  try {
    const agent = game.makeAgent();
    const run = startRun(settings, { agent, bridge, llm, folder: out });
    run.on((event) => {
      if (event.type !== "evaluation" || event.split !== "validation") return;
      console.log(`${event.step === 0 ? "start" : `step ${event.step}`}: ${spreadText(event.result)}`);
    });
    const result = await run.result;
    const { best, reason } = result;
    const [seed = 0] = seedsFor(game, trial).validation;
    const learned = await addPictures(out, result, agent, { game, bridge, seed });
    console.log(`Best: ${best.validation?.mean} at step ${best.step} (${reason}). Report: ${await writeReport(out)}`);
    if (!settings.write) return;
    const files = [write(settings, result), ...(learned ? [writeLearned(nameOf(settings), game, learned)] : [])];
    console.log(`Written: ${files.join(", ")}`);
  } finally {
    await bridge.close();
  }
}

function write(settings: Settings, result: TrainResult): string {
  const { game, horizon, trial, steps, pastGoal, cassette, box } = settings;
  const about = {
    study: "atari",
    condition: { game: game.id, horizon },
    trial,
    mode: [box === undefined ? "replay" : "live"],
    ...answersIn(cassette),
    answerer: "a fresh Claude reader for each prompt, through the mailbox",
    command: `npm run atari -- --game ${game.id} --horizon ${horizon} --trial ${trial} --steps ${steps}${pastGoal ? " --past-goal" : ""}`,
    metric: { name: "points an episode of the evaluation", better: "higher" },
    notes: goalNotes(settings, result),
  } satisfies RunAbout;
  return writeOutcome(import.meta.dirname, nameOf(settings), outcomeOf(about, result));
}

await runMain(() => main(readSettings()));
