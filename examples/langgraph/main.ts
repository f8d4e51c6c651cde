/** PAL and self-refine on LangGraph, learned by OptoPrime: replays what was recorded, or records answers anew. */

import { join } from "node:path";
import { parseArgs } from "node:util";
import { TracegradError, type TrainResult } from "tracegrad";
import { answersIn } from "../shared/answers.ts";
import { outcomeOf, type RunAbout, writeOutcome } from "../shared/outcome.ts";
import { answerers, recordedFlags, runAndPrint } from "../shared/recorded.ts";
import { runMain } from "../shared/run-main.ts";
import { optionsFor, setups } from "./setups.ts";
import { taskOf, tasks } from "./tasks.ts";

const help = `Lets an agent on LangGraph learn a task.

  npx tsx --conditions=@tracegrad/source examples/langgraph/main.ts AGENT TASK --data FILE [--mailbox DIR]

  AGENT          ${Object.keys(setups).join(", ")}
  TASK           ${Object.keys(tasks).join(", ")}
  --data FILE    the task's problems, as they are published:
${Object.entries(tasks)
  .map(([name, { source }]) => `                 ${name}: ${source}`)
  .join("\n")}
  --mailbox DIR  have prompts answered through the folders DIR/agent and DIR/optimizer, and record the answers; the
                 same command goes on with a recording that was stopped. Default: replay the recorded answers
  --out DIR      keep the run in DIR (default runs/AGENT-TASK for a recording, nowhere for a replay)
  --write        write the outcome of the replay to examples/langgraph/results`;

const { values, positionals } = parseArgs({
  options: { ...recordedFlags, data: { type: "string" } },
  allowPositionals: true,
});

async function main(): Promise<void> {
  const [agent = "", task = ""] = positionals;
  const { load, source } = taskOf(task);
  if (values.data === undefined) {
    throw new TracegradError("bad-option", `Give the problems of ${task} by --data FILE: ${source}.`);
  }
  const name = `${agent}-${task}`;
  const cassette = (role: string) => join(import.meta.dirname, "cassettes", `${name}.${role}.cassette.json`);
  const cassettes = { agent: cassette("agent"), optimizer: cassette("optimizer") };
  const problems = await load(values.data);
  const result = await runAndPrint(name, optionsFor(agent, problems, answerers(cassettes, values)), values);
  if (values.write) writeOutcome(import.meta.dirname, name, outcomeOf(aboutOf(agent, task, result), result));
}

/** Who answered. */
const readers = {
  first: "Claude agents, through mailboxes: one for the agents of the first four runs, another one for the optimizers",
  full: "Claude agents, through mailboxes: two in turn for the agent, a fresh one for each prompt of the optimizer",
};

function aboutOf(agent: string, task: string, { candidates }: TrainResult): RunAbout {
  return {
    study: "langgraph",
    condition: { agent, task },
    trial: 1,
    mode: ["replay"],
    ...answersIn(join(import.meta.dirname, "cassettes", `${agent}-${task}.agent.cassette.json`)),
    answerer: agent === "self-refine-full" ? readers.full : readers.first,
    command: `npx tsx --conditions=@tracegrad/source examples/langgraph/main.ts ${agent} ${task} --data FILE`,
    metric: { name: "accuracy", better: "higher" },
    notes: candidates.length === 1 ? ["The start is at the ceiling: there is no headroom."] : [],
  };
}

if (values.help) console.log(help);
else await runMain(main);
