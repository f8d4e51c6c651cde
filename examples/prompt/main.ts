/** `npm run demo:prompt`: a small model's prompt is learned. Without options it replays the recorded run. */

import { join } from "node:path";
import { parseArgs } from "node:util";
import { TracegradError } from "tracegrad";
import { type LanguageModel, mailbox, record } from "tracegrad/llm";
import { styled } from "../shared/print.ts";
import { cassetteOf, type DemoModels, loadRecordedModels, runDemo } from "./demo.ts";
import { installation, smolLm } from "./llama.ts";

const help = `The prompt demo: a prompt is learned for a model of 135 million parameters.

  npm run demo:prompt                       replay the recorded run: no key, no model
  npm run demo:prompt -- --live DIR         run the model itself, from the folder DIR
    --mailbox BOX  with --live: let OptoPrime rewrite the instruction; answer its prompts in the folder BOX
    --record       keep the answers in the cassettes of the example
    --out RUN      the run folder, with the journal and the report (default runs/prompt)
    --resume       go on with the run in that folder instead of starting anew

To prepare DIR (Linux x64; about 180 MB):
${installation}`;

const { values } = parseArgs({
  options: {
    live: { type: "string" },
    mailbox: { type: "string" },
    record: { type: "boolean", default: false },
    out: { type: "string", default: join("runs", "prompt") },
    resume: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

async function models(): Promise<DemoModels> {
  const { live, mailbox: box } = values;
  if (live === undefined) {
    if (box === undefined) return loadRecordedModels();
    throw new TracegradError("bad-option", "--mailbox needs --live DIR: a new prompt has no recorded answers.");
  }
  const agent = recordIfAsked("agent", await smolLm(live));
  const source = `${agent.name} answers on this machine.`;
  if (box === undefined) return { method: "bootstrap", agent, optimizer: agent, source };
  return { method: "optoprime", agent, optimizer: recordIfAsked("optimizer", mailbox(box)), source };
}

function recordIfAsked(role: "agent" | "optimizer", model: LanguageModel): LanguageModel {
  return values.record ? record(model, cassetteOf(role), { note: `the prompt demo, ${role}` }) : model;
}

if (values.help) console.log(help);
else {
  try {
    await runDemo(await models(), {
      out: values.out,
      resume: values.resume,
      print: console.log,
      next: (report) => [
        [report, "open it in a browser: every answer with its score"],
        ["npm run demo", "the same loop learns to play Pong by rewriting two functions"],
        ["examples/prompt/agent.ts", "the program: change it into yours (README.md, The whole loop)"],
      ],
    });
  } catch (error) {
    if (!(error instanceof TracegradError)) throw error;
    console.error(styled("red", error.message));
    process.exitCode = 1;
  }
}
