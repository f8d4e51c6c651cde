/**
 * What tracegrad and OpenTrace show a model for the same programs, in tokens of o200k: `npm run bench:prompts --
 * [--python PYTHON] [--out FOLDER]`. Both prompts are whole: no limit, no memory. Needs `pip install
 * trace-opt==0.1.3.8`. With `--out` every prompt is written to a file of its own, to be read side by side. Exits with 1
 * when tracegrad needs more tokens for what happened in some program.
 */

import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import type { Problem } from "tracegrad/extend";
import { markdownTable } from "tracegrad/report";
import { defaultObjective, systemPrompt } from "../../src/optimizers/optoprime/prompt-text.ts";
import { render } from "../../src/optimizers/optoprime/render.ts";
import { jsonReply } from "../../src/optimizers/prompt/reply.ts";
import {
  batchProblem,
  episodeProblem,
  readmeProblem,
  toolAgentProblem,
} from "../../test/optimizers/prompts/programs.ts";

interface Prompts {
  readonly system: string;
  readonly user: string;
}

const { values: options } = parseArgs({
  options: { python: { type: "string", default: "python3" }, out: { type: "string" } },
});

const toolAgent = await toolAgentProblem();
const problems: Readonly<Record<string, Problem>> = {
  readme: await readmeProblem(),
  batch: await batchProblem(),
  "tool-agent": toolAgent,
  "tool-agent-inside": toolAgent,
  episode: await episodeProblem(400),
};

function ours(problem: Problem): Prompts {
  const instructions = jsonReply.instructions(problem);
  const rendering = { objective: defaultObjective, memory: [], instructions, maxCharacters: Number.POSITIVE_INFINITY };
  return { system: systemPrompt, user: render(problem, rendering).text };
}

/** What the other program needs to have the same values: those of each operation, in their order, and the feedback. */
function recordOf({ runs, docs, feedback }: Problem) {
  const valuesOf = (run: Problem["runs"][number]): Readonly<Record<string, readonly unknown[]>> => {
    const values: Record<string, unknown[]> = {};
    for (const { name, value } of run.values) (values[name.replace(/_\d+(\[\d+\])?$/, "")] ??= []).push(value);
    return values;
  };
  return {
    runs: runs.map(valuesOf),
    docs: Object.fromEntries(docs.map(({ name, doc }) => [name, doc])),
    // Those of a batch have their scores in the text.
    feedback: runs.length === 1 ? `${feedback.text}\nScore: ${feedback.score}` : feedback.text,
  };
}

async function theirs(): Promise<Readonly<Record<string, Prompts>>> {
  const script = fileURLToPath(new URL("trace_prompts.py", import.meta.url));
  const child = spawn(options.python, [script], { stdio: ["pipe", "pipe", "inherit"] });
  const records = Object.entries(problems).map(([name, problem]) => [name, recordOf(problem)]);
  // Where it ends without reading, its empty answer says enough.
  child.stdin.on("error", () => {});
  child.stdin.end(JSON.stringify(Object.fromEntries(records)));
  const answer = await text(child.stdout);
  if (answer === "") {
    throw new Error("OpenTrace gave no prompts. Can the interpreter import opto (pip install trace-opt==0.1.3.8)?");
  }
  return JSON.parse(answer) as Readonly<Record<string, Prompts>>;
}

/** A text before and from the place where it says how to answer. */
function splitAt(text: string, title: string): readonly [rest: string, answer: string] {
  const at = text.indexOf(title);
  if (at < 0) throw new Error(`A prompt has no "${title}", where it says how to answer: mend its title here.`);
  return [text.slice(0, at), text.slice(at)];
}

function keep(folder: string, program: string, prompts: Readonly<Record<string, Prompts>>): void {
  mkdirSync(folder, { recursive: true });
  for (const [library, { system, user }] of Object.entries(prompts)) {
    writeFileSync(`${folder}/${program}.${library}.system.txt`, system);
    writeFileSync(`${folder}/${program}.${library}.user.txt`, user);
  }
}

function pairOf(...sides: readonly (readonly string[])[]): string {
  const count = (texts: readonly string[]) => texts.reduce((sum, text) => sum + countTokens(text), 0);
  return sides.map((texts) => count(texts).toLocaleString("en")).join(" / ");
}

const peer = await theirs();
let isLonger = false;
const rows = Object.entries(problems).map(([program, problem]) => {
  const [own, other] = [ours(problem), peer[program] as Prompts];
  if (options.out !== undefined) keep(options.out, program, { tracegrad: own, trace: other });
  // We say how to answer at the end of the message, OpenTrace in the system prompt.
  const [happened, answer] = splitAt(own.user, "# Your answer");
  const [theirReading, theirAnswer] = splitAt(other.system, "Output_format:");
  isLonger ||= countTokens(happened) > countTokens(other.user);
  return [
    program,
    pairOf([happened], [other.user]),
    pairOf([answer], [theirAnswer]),
    pairOf([own.system], [theirReading]),
    pairOf([own.system, own.user], [other.system, other.user]),
    `${countTokens(JSON.stringify(jsonReply.tool(problem)))}`,
  ];
});
const columns = [
  "tracegrad / OpenTrace",
  "what happened",
  "how to answer",
  "how to read it",
  "all",
  "tool of tracegrad",
];
console.log(markdownTable({ columns, rows }));
process.exitCode = isLonger ? 1 : 0;
