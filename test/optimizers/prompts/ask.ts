/**
 * Asks for a first answer to the prompt of a program, through a mailbox, and records it in `answers/`:
 * `npx tsx --conditions=@tracegrad/source test/optimizers/prompts/ask.ts readme 1 BOX`.
 */

import { join } from "node:path";
import type { Problem } from "tracegrad/extend";
import { type LanguageModel, mailbox, record } from "tracegrad/llm";
import { proposalRequest } from "../../../src/optimizers/optoprime/request.ts";
import { optoPrimeTable } from "../../../src/optimizers/optoprime/settings.ts";
import { askForProposal } from "../../../src/optimizers/prompt/proposal.ts";
import { resolveOptions } from "../../../src/util/options.ts";
import { batchProblem, episodeProblem, readmeProblem, toolAgentProblem } from "./programs.ts";

/** The programs whose prompts were shown to readers. */
export const programs: Readonly<Record<string, () => Promise<Problem>>> = {
  readme: readmeProblem,
  batch: batchProblem,
  "tool-agent": toolAgentProblem,
  episode: () => episodeProblem(120),
};

/** What OptoPrime makes of a model's answer to the prompt of a problem, without asking again. */
export function firstProposal(problem: Problem, llm: LanguageModel) {
  const settings = resolveOptions("OptoPrime", {}, optoPrimeTable);
  const { request } = proposalRequest({ problem, rounds: [] }, settings);
  return askForProposal({ request, problem, llm, signal: undefined, format: settings.format, retries: 0 });
}

if (process.argv[1] === import.meta.filename) {
  const [name = "", reader = "", box = ""] = process.argv.slice(2);
  const make = programs[name];
  if (make === undefined)
    throw new Error(`There is no program "${name}". There are: ${Object.keys(programs).join(", ")}.`);
  const file = join(import.meta.dirname, "answers", `${name}-${reader}.cassette.json`);
  const note = `a first answer to the prompt of ${name}, by a fresh reader`;
  const { refused } = await firstProposal(await make(), record(mailbox(box), file, { note }));
  console.log(refused.length === 0 ? "accepted" : JSON.stringify(refused));
}
