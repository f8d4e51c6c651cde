/** `npm run demo:prompt`: a small model's prompt is learned. Without options it replays the recorded run. */

import { join } from "node:path";
import { parseArgs } from "node:util";
import { TracegradError, type TrainResult } from "tracegrad";
import { type LanguageModel, mailbox, record } from "tracegrad/llm";
import { answersIn } from "../shared/answers.ts";
import { outcomeOf, type RunAbout, writeOutcome } from "../shared/outcome.ts";
import { runMain } from "../shared/run-main.ts";
import { cassetteOf, type DemoModels, loadRecordedModels, runDemo } from "./demo.ts";
import { installation, protocol, smolLm } from "./llama.ts";
import type { LearningMethod } from "./setups.ts";

const help = `The prompt demo: a prompt is learned for a model of 135 million parameters.

  npm run demo:prompt                       replay the recorded run: no key, no model
  npm run demo:prompt -- --live DIR         run the model itself, from the folder DIR
    --method M     optoprime (default): another model rewrites the instruction; bootstrap: examples are chosen
    --mailbox BOX  with --live and optoprime: answer the prompts of OptoPrime in the folder BOX
    --record       with --live: save the answers in the cassettes of the example
    --out RUN      the run folder, with the journal and the report (default runs/prompt)
    --resume       continue the run in that folder instead of starting a new one
    --write        without --live: write the outcome to examples/prompt/results

To prepare DIR (Linux x64; about 180 MB):
${installation}`;

const { values } = parseArgs({
  options: {
    live: { type: "string" },
    method: { type: "string", default: "optoprime" },
    mailbox: { type: "string" },
    record: { type: "boolean", default: false },
    out: { type: "string", default: join("runs", "prompt") },
    resume: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

async function makeModels(): Promise<DemoModels> {
  const { live, mailbox: box } = values;
  const method = readMethod();
  if (box !== undefined && (live === undefined || method === "bootstrap"))
    throw new TracegradError(
      "bad-option",
      "--mailbox needs --live DIR and --method optoprime. Add them or leave it out.",
    );
  if (live === undefined) return loadRecordedModels(method);
  if (method === "optoprime" && box === undefined)
    throw new TracegradError("bad-option", "OptoPrime asks a second model. Add --mailbox BOX or --method bootstrap.");
  const agent = recordIfAsked(method, "agent", await smolLm(live, protocol));
  const optimizer = box === undefined ? agent : recordIfAsked(method, "optimizer", mailbox(box));
  return { method, agent, optimizer, source: `${agent.name} answers on this machine.` };
}

function readMethod(): LearningMethod {
  const { method } = values;
  if (method === "optoprime" || method === "bootstrap") return method;
  throw new TracegradError("bad-option", `--method is optoprime or bootstrap, not ${method}.`);
}

function recordIfAsked(method: LearningMethod, role: "agent" | "optimizer", model: LanguageModel): LanguageModel {
  return values.record ? record(model, cassetteOf(method, role), { note: `the prompt demo, ${role}` }) : model;
}

function write(method: LearningMethod, result: TrainResult): string {
  const files = method === "optoprime" ? (["agent", "optimizer"] as const) : (["agent"] as const);
  const origins = files.map((role) => answersIn(cassetteOf(method, role)));
  const about = {
    study: "prompt",
    condition: { method },
    trial: 1,
    mode: ["replay", "local model"],
    models: origins.flatMap(({ models }) => models),
    ...(method === "optoprime" ? { answerer: "OptoPrime's prompts: one Claude agent, through the mailbox" } : {}),
    date: origins
      .map(({ date }) => date)
      .sort()
      .at(-1) as string,
    command: method === "optoprime" ? "npm run demo:prompt" : `npm run demo:prompt -- --method ${method}`,
    metric: { name: "exact match", better: "higher" },
    notes: [],
  } satisfies RunAbout;
  return writeOutcome(import.meta.dirname, method, outcomeOf(about, result));
}

if (values.help) console.log(help);
else {
  await runMain(async () => {
    if (values.write && values.live !== undefined) {
      throw new TracegradError("bad-option", "--write is for a replay. Leave --live out.");
    }
    const result = await runDemo(await makeModels(), {
      out: values.out,
      resume: values.resume,
      print: console.log,
      next: (report) => [
        [report, "open it in a browser: every answer with its score"],
        ["npm run demo", "the same loop learns to play Pong by rewriting two functions"],
        ["examples/prompt/agent.ts", "the program: change it into yours (README.md, The whole loop)"],
      ],
    });
    if (values.write) console.log(`Written: ${write(readMethod(), result)}`);
  });
}
