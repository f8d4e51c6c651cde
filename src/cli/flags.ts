/** The flags of several commands, read strictly: an invalid number ends the command before it spends anything. */

import { type Command, InvalidArgumentError, Option } from "commander";
import type { Budget } from "../index.ts";

/** The flags of `run`, `resume` and `study`. */
export interface RunFlags {
  readonly folder?: string;
  readonly json?: true;
  readonly trials?: number;
  readonly acceptChanges?: true;
  readonly redact?: true;
  readonly approve?: true;
  readonly budgetSteps?: number;
  readonly budgetLlmCalls?: number;
  readonly budgetTokens?: number;
  readonly budgetUsd?: number;
  readonly budgetSeconds?: number;
  readonly budgetEvaluations?: number;
}

const budgetFlags = [
  ["--budget-steps <count>", "at most this many optimizer steps", "whole"],
  ["--budget-llm-calls <count>", "at most this many calls of language models", "whole"],
  ["--budget-tokens <count>", "at most this many tokens, in and out together", "whole"],
  ["--budget-usd <dollars>", "at most this many US dollars, at the prices in the file", "any"],
  ["--budget-seconds <seconds>", "at most this many seconds of this process", "any"],
  ["--budget-evaluations <count>", "at most this many evaluations", "whole"],
] as const;

/** Adds the budget flags to a command. */
export function addBudgetFlags(command: Command): Command {
  for (const [flags, description, kind] of budgetFlags) {
    command.addOption(new Option(flags, description).argParser(kind === "whole" ? wholeNumber : positiveNumber));
  }
  return command;
}

/** The budget of the flags; undefined when they set none. */
export function budgetOf(flags: RunFlags): Budget | undefined {
  const { budgetSteps: steps, budgetLlmCalls: llmCalls, budgetTokens: tokens } = flags;
  const { budgetUsd: usd, budgetSeconds: seconds, budgetEvaluations: evaluations } = flags;
  const given = Object.entries({ steps, llmCalls, tokens, usd, seconds, evaluations });
  const set = given.filter(([, amount]) => amount !== undefined);
  return set.length === 0 ? undefined : (Object.fromEntries(set) as Budget);
}

/** Reads a number above 0. */
function positiveNumber(text: string): number {
  const value = /^\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError("Give a number above 0.");
}

/** Reads a whole number above 0. */
export function wholeNumber(text: string): number {
  const value = positiveNumber(text);
  if (Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError("Give a whole number above 0.");
}

/** Reads any finite number. */
export function anyNumber(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value)) return value;
  throw new InvalidArgumentError("Give a number.");
}

/** Reads two numbers, the lower one first. */
export function scoreRange(text: string): readonly [number, number] {
  const [low, high, ...rest] = text.split(",").map(anyNumber);
  if (low !== undefined && high !== undefined && rest.length === 0 && low < high) return [low, high];
  throw new InvalidArgumentError("Give the lowest and the highest score, such as 0,100.");
}

/** Reads the number of a step: 0 is the baseline. */
export function stepNumber(text: string): number {
  return text === "0" ? 0 : wholeNumber(text);
}

/** Reads a port: 0 is any free one. */
export function portNumber(text: string): number {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (value <= 65_535) return value;
  throw new InvalidArgumentError("Give a port from 0 to 65535.");
}

/** Makes a command refuse a flag that is given twice: which one to use would be a guess. */
export function refuseTwice(command: Command): void {
  for (const option of command.options) {
    let count = 0;
    command.on(`option:${option.name()}`, () => {
      count += 1;
      if (count > 1) command.error(`error: option '${option.flags}' is given twice`, { code: "tracegrad.twice" });
    });
  }
}
