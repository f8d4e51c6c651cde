/** A support agent learns how to search and how to answer: replays what was recorded, or records answers anew. */

import { join } from "node:path";
import { parseArgs } from "node:util";
import { TracegradError } from "tracegrad";
import { answersIn } from "../shared/answers.ts";
import { outcomeOf, type RunAbout, writeOutcome } from "../shared/outcome.ts";
import { answerers, recordedFlags, runAndPrint } from "../shared/recorded.ts";
import { runMain } from "../shared/run-main.ts";
import { optionsFor } from "./setup.ts";

const help = `Lets a support agent learn from feedback on its answers.

  npx tsx --conditions=@tracegrad/source examples/support/main.ts [--run N] [--mailbox DIR] [--out DIR]

  --run N        1, whose answers are of one reader, or 2, with readers of their own for each model (default 1)
  --mailbox DIR  have prompts answered through the folders DIR/agent and DIR/optimizer, and record the answers; the same
                 command goes on with a recording that was stopped. Default: replay the recorded answers
  --out DIR      keep the run in DIR (default runs/support for a recording, nowhere for a replay)
  --write        write the outcome of the replay to examples/support/results`;

const { values } = parseArgs({ options: { ...recordedFlags, run: { type: "string", default: "1" } } });

/** Who answered in each run. */
const readers = new Map([
  ["1", { condition: "one", text: "one Claude agent for both models, against the protocol, through mailboxes" }],
  [
    "2",
    {
      condition: "separate",
      text: "Claude agents, through mailboxes: one for the agent, another one for the optimizer",
    },
  ],
]).get(values.run);

const cassette = (role: string) => join(import.meta.dirname, "cassettes", `${role}-${values.run}.cassette.json`);
const cassettes = { agent: cassette("agent"), optimizer: cassette("optimizer") };

async function main(): Promise<void> {
  if (readers === undefined) throw new TracegradError("bad-option", `--run is 1 or 2, not "${values.run}".`);
  const result = await runAndPrint("support", optionsFor(answerers(cassettes, values)), values);
  if (!values.write) return;
  const about: RunAbout = {
    study: "support",
    condition: { readers: readers.condition },
    trial: 1,
    mode: ["replay"],
    ...answersIn(cassettes.agent),
    answerer: readers.text,
    command: `npx tsx --conditions=@tracegrad/source examples/support/main.ts --run ${values.run}`,
    metric: { name: "score of the answer", better: "higher" },
    notes: values.run === "1" ? ["The reader of one model knew what the other one was shown."] : [],
  };
  writeOutcome(import.meta.dirname, `support-${values.run}`, outcomeOf(about, result));
}

if (values.help) console.log(help);
else await runMain(main);
