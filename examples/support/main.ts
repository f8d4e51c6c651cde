/** A support agent learns how to search and how to answer: replays what was recorded, or records answers anew. */

import { join } from "node:path";
import { parseArgs } from "node:util";
import { TracegradError, train } from "tracegrad";
import { mailbox, record, replay } from "tracegrad/llm";
import { resultText } from "tracegrad/report";
import { type Answerers, optionsFor } from "./setup.ts";

const help = `Lets a support agent learn from feedback on its answers.

  npx tsx --conditions=@tracegrad/source examples/support/main.ts [--mailbox DIR] [--out DIR]

  --mailbox DIR  have prompts answered through the folders DIR/agent and DIR/optimizer, and record the answers; the same
                 command goes on with a recording that was stopped. Default: replay the recorded answers
  --out DIR      keep the run in DIR (default runs/support for a recording, nowhere for a replay)`;

const { values } = parseArgs({
  options: {
    mailbox: { type: "string" },
    out: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

async function main(): Promise<void> {
  const folder = values.out ?? (values.mailbox === undefined ? undefined : join("runs", "support"));
  console.log(`support: ${values.mailbox === undefined ? "replay" : "live"}`);
  const run = train({ ...optionsFor({ agent: answerer("agent"), optimizer: answerer("optimizer") }), folder });
  run.on((event) => {
    if (event.type === "evaluation") console.log(`step ${event.step}, ${event.split}: ${event.result.mean}`);
  });
  const result = await run.result;
  console.log(resultText(result));
  for (const [key, value] of Object.entries(result.best.values)) console.log(`${key}:\n${String(value)}\n`);
}

function answerer(role: keyof Answerers) {
  const file = join(import.meta.dirname, "cassettes", `${role}.cassette.json`);
  if (values.mailbox === undefined) return replay(file);
  const note = `support, ${role}, ${new Date().toISOString().slice(0, 10)}`;
  return record(mailbox(join(values.mailbox, role)), file, { note });
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
