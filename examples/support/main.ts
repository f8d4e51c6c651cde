/** A support agent learns how to search and how to answer: replays what was recorded, or records answers anew. */

import { join } from "node:path";
import { parseArgs } from "node:util";
import { answersIn } from "../shared/answers.ts";
import { outcomeOf, type RunAbout, writeOutcome } from "../shared/outcome.ts";
import { answerers, recordedFlags, runAndPrint, runMain } from "../shared/recorded.ts";
import { optionsFor } from "./setup.ts";

const help = `Lets a support agent learn from feedback on its answers.

  npx tsx --conditions=@tracegrad/source examples/support/main.ts [--mailbox DIR] [--out DIR]

  --mailbox DIR  have prompts answered through the folders DIR/agent and DIR/optimizer, and record the answers; the same
                 command goes on with a recording that was stopped. Default: replay the recorded answers
  --out DIR      keep the run in DIR (default runs/support for a recording, nowhere for a replay)
  --write        write the outcome of the replay to examples/support/results`;

const { values } = parseArgs({ options: recordedFlags });

const cassette = (role: string) => join(import.meta.dirname, "cassettes", `${role}.cassette.json`);
const cassettes = { agent: cassette("agent"), optimizer: cassette("optimizer") };

async function main(): Promise<void> {
  const result = await runAndPrint("support", optionsFor(answerers(cassettes, values)), values);
  if (!values.write) return;
  const about: RunAbout = {
    study: "support",
    condition: {},
    trial: 1,
    mode: ["replay"],
    ...answersIn(cassettes.agent),
    answerer: "Claude agents, through mailboxes: one the agent's prompts, another one the optimizer's",
    command: "npx tsx --conditions=@tracegrad/source examples/support/main.ts",
    metric: { name: "score of the answer", better: "higher" },
    notes: [],
  };
  writeOutcome(import.meta.dirname, "support", outcomeOf(about, result));
}

if (values.help) console.log(help);
else await runMain(main);
