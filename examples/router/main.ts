/**
 * Swaps the optimizer and keeps the program: the same router, learnt by each of them from recorded answers of a model.
 */

import { parseArgs } from "node:util";
import { TracegradError, type TrainResult, train } from "tracegrad";
import { markdownTable, resultText } from "tracegrad/report";
import { answersIn } from "../shared/answers.ts";
import { outcomeOf, type RunAbout, writeOutcome } from "../shared/outcome.ts";
import { runMain } from "../shared/run-main.ts";
import { asksNobody, cassetteOf, ready, recorded, written } from "./models.ts";
import { optionsFor, setups } from "./optimizers.ts";
import { columns, rowOf } from "./table.ts";

const help = `Learns to route messages, with each optimizer.

  npx tsx --conditions=@tracegrad/source examples/router/main.ts [NAME...]

  NAME           ${Object.keys(setups).join(", ")}; default: those that need no answers, and those whose answers are recorded
  --table        print one table of all results instead of each result
  --mailbox DIR  write each prompt to DIR and wait for its answer, instead of replaying the recorded ones
  --record       keep those answers in the cassette
  --write        write the outcome of each replay to examples/router/results`;

const { values, positionals } = parseArgs({
  options: {
    table: { type: "boolean", default: false },
    mailbox: { type: "string" },
    record: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
  allowPositionals: true,
});

/** Writes the outcome of the replay of one optimizer. */
function write(name: string, result: TrainResult): void {
  const answers = asksNobody(name)
    ? { models: [], date: new Date().toISOString().slice(0, 10) }
    : { ...answersIn(cassetteOf(name)), answerer: "one Claude agent that stayed with the run, through the mailbox" };
  const about = {
    study: "router",
    condition: { optimizer: name },
    trial: 1,
    mode: [asksNobody(name) ? "local search" : "replay"],
    ...answers,
    command: `npx tsx --conditions=@tracegrad/source examples/router/main.ts ${name}`,
    metric: { name: "accuracy", better: "higher" },
    notes: [],
  } satisfies RunAbout;
  writeOutcome(import.meta.dirname, name, outcomeOf(about, result));
}

async function main(): Promise<void> {
  const unknown = positionals.find((name) => !Object.hasOwn(setups, name));
  if (unknown !== undefined) {
    const known = Object.keys(setups).join(", ");
    throw new TracegradError("bad-option", `There is no optimizer "${unknown}". There are: ${known}.`);
  }
  if (values.write && values.mailbox !== undefined) {
    throw new TracegradError("bad-option", "--write is for a replay. Leave --mailbox out.");
  }
  const rows = [];
  for (const name of positionals.length > 0 ? positionals : ready()) {
    const llm = values.mailbox === undefined ? recorded(name) : written(name, values.mailbox, values.record);
    const result = await train(optionsFor(name, llm)).result;
    rows.push(rowOf(name, result));
    if (values.write) write(name, result);
    if (values.table) continue;
    console.log(`${name}\n${resultText(result)}`);
    for (const [key, value] of Object.entries(result.best.values)) {
      console.log(`${key}:\n${typeof value === "string" ? value : JSON.stringify(value)}\n`);
    }
  }
  if (values.table) console.log(markdownTable({ columns, rows }));
}

if (values.help) console.log(help);
else await runMain(main);
