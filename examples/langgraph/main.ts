/** PAL and self-refine on LangGraph, learned by OptoPrime: replays what was recorded, or records answers anew. */

import { join } from "node:path";
import { parseArgs } from "node:util";
import { TracegradError, train } from "tracegrad";
import { mailbox, record, replay } from "tracegrad/llm";
import { resultText } from "tracegrad/report";
import { type Answerers, optionsFor, setups } from "./setups.ts";
import { taskOf, tasks } from "./tasks.ts";

const help = `Lets an agent on LangGraph learn a task.

  npx tsx --conditions=@tracegrad/source examples/langgraph/main.ts AGENT TASK --data FILE [--mailbox DIR]

  AGENT          ${Object.keys(setups).join(" or ")}
  TASK           ${Object.keys(tasks).join(" or ")}
  --data FILE    the task's problems, as they are published:
${Object.entries(tasks)
  .map(([name, { source }]) => `                 ${name}: ${source}`)
  .join("\n")}
  --mailbox DIR  have prompts answered through the folders DIR/agent and DIR/optimizer, and record the answers; the
                 same command goes on with a recording that was stopped. Default: replay the recorded answers
  --out DIR      keep the run in DIR/AGENT-TASK (default runs/langgraph for a recording, nowhere for a replay)`;

const { values, positionals } = parseArgs({
  options: {
    data: { type: "string" },
    mailbox: { type: "string" },
    out: { type: "string" },
    help: { type: "boolean", default: false },
  },
  allowPositionals: true,
});

async function main(): Promise<void> {
  const [agent = "", task = ""] = positionals;
  const { load, source } = taskOf(task);
  if (values.data === undefined) {
    throw new TracegradError("bad-option", `Give the problems of ${task} by --data FILE: ${source}.`);
  }
  const name = `${agent}-${task}`;
  const options = optionsFor(agent, await load(values.data), answerersOf(name));
  const out = values.out ?? (values.mailbox === undefined ? undefined : join("runs", "langgraph"));
  console.log(`${name}: ${values.mailbox === undefined ? "replay" : "live"}`);
  const run = train({ ...options, folder: out && join(out, name) });
  run.on((event) => {
    if (event.type === "evaluation") console.log(`step ${event.step}, ${event.split}: ${event.result.mean}`);
  });
  const result = await run.result;
  console.log(resultText(result));
  for (const [key, value] of Object.entries(result.best.values)) console.log(`${key}:\n${String(value)}\n`);
}

function answerersOf(name: string): Answerers {
  const { mailbox: folder } = values;
  const answerer = (role: keyof Answerers) => {
    const file = join(import.meta.dirname, "cassettes", `${name}.${role}.cassette.json`);
    if (folder === undefined) return replay(file);
    return record(mailbox(join(folder, role)), file, {
      note: `${name}, ${role}, ${new Date().toISOString().slice(0, 10)}`,
    });
  };
  return { agent: answerer("agent"), optimizer: answerer("optimizer") };
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
