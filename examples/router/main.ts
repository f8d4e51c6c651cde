/**
 * Swaps the optimizer and keeps the program: the same router, learnt by each of them from recorded answers of a model.
 */

import { parseArgs } from "node:util";
import { TracegradError, train } from "tracegrad";
import { markdownTable, resultText } from "tracegrad/report";
import { ready, recorded, written } from "./models.ts";
import { optionsFor, setups } from "./optimizers.ts";
import { columns, rowOf } from "./table.ts";

const help = `Learns to route messages, with each optimizer.

  npx tsx --conditions=@tracegrad/source examples/router/main.ts [NAME...]

  NAME           ${Object.keys(setups).join(", ")}; default: those that need no answers, and those whose answers are recorded
  --table        print one table of all results instead of each result
  --mailbox DIR  write each prompt to DIR and wait for its answer, instead of replaying the recorded ones
  --record       keep those answers in the cassette`;

const { values, positionals } = parseArgs({
  options: {
    table: { type: "boolean", default: false },
    mailbox: { type: "string" },
    record: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
  allowPositionals: true,
});

async function main(): Promise<void> {
  const unknown = positionals.find((name) => !Object.hasOwn(setups, name));
  if (unknown !== undefined) {
    const known = Object.keys(setups).join(", ");
    throw new TracegradError("bad-option", `There is no optimizer "${unknown}". There are: ${known}.`);
  }
  const rows = [];
  for (const name of positionals.length > 0 ? positionals : ready()) {
    const llm = values.mailbox === undefined ? recorded(name) : written(name, values.mailbox, values.record);
    const result = await train(optionsFor(name, llm)).result;
    rows.push(rowOf(name, result));
    if (values.table) continue;
    console.log(`${name}\n${resultText(result)}`);
    for (const [key, value] of Object.entries(result.best.values)) {
      console.log(`${key}:\n${typeof value === "string" ? value : JSON.stringify(value)}\n`);
    }
  }
  if (values.table) console.log(markdownTable({ columns, rows }));
}

if (values.help) console.log(help);
else {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof TracegradError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
