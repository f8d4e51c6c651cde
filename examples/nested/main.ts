/** An optimizer that learns how to instruct an optimizer: replays what was recorded, or records answers anew. */

import { join } from "node:path";
import { parseArgs } from "node:util";
import { answersIn } from "../shared/answers.ts";
import { outcomeOf, type RunAbout, writeOutcome } from "../shared/outcome.ts";
import { answerers, recordedFlags, runAndPrint, runMain } from "../shared/recorded.ts";
import { optionsFor } from "./setup.ts";

const help = `Learns the instruction of an inner optimizer, in an outer loop.

  npx tsx --conditions=@tracegrad/source examples/nested/main.ts [--mailbox DIR] [--out DIR]

  --mailbox DIR  have prompts answered through the folders DIR/inner and DIR/outer, and record the answers; the same
                 command goes on with a recording that was stopped. Default: replay the recorded answers
  --out DIR      keep the run in DIR (default runs/nested for a recording, nowhere for a replay)
  --write        write the outcome of the replay to examples/nested/results`;

const { values } = parseArgs({ options: recordedFlags });

const cassette = (role: string) => join(import.meta.dirname, "cassettes", `${role}.cassette.json`);
const cassettes = { inner: cassette("inner"), outer: cassette("outer") };

async function main(): Promise<void> {
  const result = await runAndPrint("nested", optionsFor(answerers(cassettes, values)), values);
  if (!values.write) return;
  const about: RunAbout = {
    study: "nested",
    condition: {},
    trial: 1,
    mode: ["replay"],
    ...answersIn(cassettes.outer),
    answerer: "Claude agents, through mailboxes: one the outer optimizer's prompts, others the inner one's",
    command: "npx tsx --conditions=@tracegrad/source examples/nested/main.ts",
    metric: { name: "closeness of the last guesses", better: "higher" },
    notes: [],
  };
  writeOutcome(import.meta.dirname, "nested", outcomeOf(about, result));
}

if (values.help) console.log(help);
else await runMain(main);
