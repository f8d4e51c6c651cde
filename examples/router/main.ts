/** Swaps the optimizer and keeps the program: the same router, learnt by each of them from recorded answers of a model. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type LanguageModel, mailbox, record, replay, TracegradError, train } from "tracegrad";
import { resultText } from "tracegrad/extend";
import { scripted } from "tracegrad/testing";
import { optionsFor, setups } from "./optimizers.ts";

const help = `Learns to route messages, with each optimizer.

  npx tsx --conditions=@tracegrad/source examples/router/main.ts [NAME...]

  NAME           ${Object.keys(setups).join(", ")}; default: those that need no answers, and those whose answers are recorded
  --mailbox DIR  write each prompt to DIR and wait for its answer, instead of replaying the recorded ones
  --record       keep those answers in the cassette`;

const { values, positionals } = parseArgs({
  options: {
    mailbox: { type: "string" },
    record: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
  allowPositionals: true,
});

/** Optimizers that ask no model are given one that would say so. */
const nobody: LanguageModel = scripted(() => Promise.reject(new Error("This optimizer was not expected to ask.")));

function modelFor(name: string): LanguageModel {
  const cassette = cassetteOf(name);
  if (values.mailbox === undefined) return existsSync(cassette) ? replay(cassette) : nobody;
  const asked = mailbox(join(values.mailbox, name));
  return values.record
    ? record(asked, cassette, { note: `router, ${name}, ${new Date().toISOString().slice(0, 10)}` })
    : asked;
}

/** Those that can run as they are: two ask no model, and the others need a cassette. */
function ready(): readonly string[] {
  const asksNobody = ["bootstrap", "localsearch"];
  return Object.keys(setups).filter((name) => asksNobody.includes(name) || existsSync(cassetteOf(name)));
}

function cassetteOf(name: string): string {
  return join(import.meta.dirname, "cassettes", `${name}.json`);
}

async function main(): Promise<void> {
  for (const name of positionals.length > 0 ? positionals : ready()) {
    const { best, ...result } = await train(optionsFor(name, modelFor(name))).result;
    console.log(`${name}\n${resultText({ best, ...result })}`);
    console.log(
      Object.entries(best.values)
        .map(([key, value]) => `${key}:\n${typeof value === "string" ? value : JSON.stringify(value)}\n`)
        .join(""),
    );
  }
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
