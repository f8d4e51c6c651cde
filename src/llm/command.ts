/** A program on the command line as a language model, such as a coding agent: it reads a prompt, prints an answer. */

import { existsSync } from "node:fs";
import { basename } from "node:path";
import { throwIfAborted } from "../util/abort.ts";
import { endOf } from "../util/cut.ts";
import { messageOf, TracegradError } from "../util/errors.ts";
import { type NamesOf, requireKnown } from "../util/known-names.ts";
import { WorkQueue } from "../util/limit.ts";
import { redactor } from "../util/redact.ts";
import { requireAboveZero, requireWholeNumber } from "../util/require.ts";
import type { Tokens } from "../util/token-count.ts";
import { type AdapterReply, type CallLimits, makeModel } from "./adapter.ts";
import { type Launch, type ProgramEnd, runProgram } from "./child.ts";
import { inTurn } from "./in-turn.ts";
import type { LanguageModel, ModelReply, ModelRequest } from "./llm.ts";
import { headOfRequest, replyInText, sectionsOfRequest } from "./request-text.ts";
import { type FailureVerdict, withRetries } from "./retry.ts";

/** What a program has answered. */
export type CommandAnswer = Pick<ModelReply, "text"> & Partial<Pick<ModelReply, "usage" | "model" | "stopReason">>;

/** Options of `command()`. */
export interface CommandOptions {
  /** The model's name, by which a run counts it and knows its price. Default: the name of the program. */
  readonly name?: string;
  /** The folder in which the program runs. Default: that of this process. */
  readonly cwd?: string;
  /** Environment variables beside those of this process; an undefined one is taken away. Default: none. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds for one answer with all its attempts, from the first start. Default: 10 minutes. */
  readonly timeoutMs?: number;
  /** Attempts after the first one. Default 2. */
  readonly maxRetries?: number;
  /** The first wait between attempts in milliseconds; each later one is three times as long. Default 1000. */
  readonly backoffMs?: number;
  /** How many programs run at once; further requests wait. Default 2. */
  readonly concurrency?: number;
  /** The most bytes on standard output: a program that writes more is ended. Default 16 MiB. */
  readonly maxOutputBytes?: number;
  /** The text for the program's standard input. Default: system prompt, messages and the format of the reply. */
  readonly write?: (request: ModelRequest) => string;
  /**
   * Reads the answer from what the program printed. What it throws fails the attempt. Default: all of it is the text,
   * trimmed, and what it used is not known.
   */
  readonly read?: (stdout: string) => CommandAnswer;
}

type CommandSettings = Required<Omit<CommandOptions, "cwd" | "env">> & Launch & { readonly turns: WorkQueue };

const names: NamesOf<CommandOptions> = {
  ...{ name: true, cwd: true, env: true, timeoutMs: true, maxRetries: true, backoffMs: true, concurrency: true },
  ...{ maxOutputBytes: true, write: true, read: true },
};

/**
 * Makes a model that answers by running `program`: the request is written to its standard input, and what it prints to
 * standard output is the answer. No shell is involved: `args` reach the program as they are. When the request has a
 * tool, the one JSON object in the answer is also parsed to `toolInput`. A temperature is not passed on, and
 * `maxTokens` only as a sentence of the prompt. On abort and at the timeout the program and its process group are asked
 * to end, and killed two seconds later; on Windows the program alone is ended, at once, and what it has started may
 * continue.
 *
 * An attempt fails with an exit code other than 0, with an answer without text, and when `read` throws; it is made
 * again. Whatever the program, a failure is taken for an outage, which says nothing about the prompt. Tokens count in a
 * budget when `read` gives a `usage`; without one they are unknown, not 0. So is the price, unless a run's `prices` has
 * it by the option `name`.
 *
 * @throws TracegradError `"bad-option"` at once. `generate` rejects with `"model-config"` when the program cannot be
 *   started, `"model-unavailable"` after the last attempt, `"model-timeout"`, `"model-endless"` for too much output,
 *   `"model-bad-request"` for a request with an image, or an AbortError.
 * @example
 * const llm = command("claude", ["-p", "--tools", ""]);
 */
export function command(program: string, args: readonly string[] = [], options: CommandOptions = {}): LanguageModel {
  if (!program.trim()) {
    throw new TracegradError("bad-option", 'The program is empty. Give its name or path, such as "claude".');
  }
  requireKnown("command", options, names);
  const settings = settingsOf(program, args, options);
  return makeModel({
    name: settings.name,
    generate: (request, { signal }, requests) => generate(settings, request, { signal, requests }),
  });
}

async function generate(settings: CommandSettings, request: ModelRequest, limits: CallLimits): Promise<AdapterReply> {
  const input = settings.write(request);
  return inTurn(settings.turns, limits, (signal) => answer(settings, { request, input }, { ...limits, signal }));
}

interface WrittenRequest {
  readonly request: ModelRequest;
  readonly input: string;
}

/** Settles when no program of this answer runs any more. */
async function answer(
  settings: CommandSettings,
  question: WrittenRequest,
  { signal, requests }: CallLimits,
): Promise<AdapterReply> {
  let running: Promise<unknown> = Promise.resolve();
  let attempts = 0;
  const attempt = async (limit: AbortSignal): Promise<AdapterReply> => {
    attempts += 1;
    if (attempts > 1) await requests.again();
    throwIfAborted(limit);
    let used: Tokens | "unknown" | undefined = "unknown";
    try {
      const ending = runProgram(settings, question.input, limit);
      running = ending.catch(() => {});
      const reply = replyOf(await ending, question.request, settings);
      used = reply.usage;
      return reply;
    } catch (thrown) {
      if (isStartFailure(thrown)) used = { inputTokens: 0, outputTokens: 0 };
      throw thrown;
    } finally {
      if (used !== undefined) requests.ended(used);
    }
  };
  try {
    return await withRetries(attempt, { ...settings, signal, judge: (thrown) => judge(thrown, settings) });
  } finally {
    await running;
  }
}

/** Throws what `judge` reads. */
function replyOf(
  end: ProgramEnd,
  request: ModelRequest,
  { name, read, maxOutputBytes }: CommandSettings,
): AdapterReply {
  if (end.isTooLong) {
    const text = `${name} printed more than ${maxOutputBytes} bytes (maxOutputBytes) and was ended.`;
    throw new TracegradError("model-endless", text);
  }
  if (end.code !== 0) throw new Error(`${exitOf(end)}. ${lastWords(end)}`);
  const { text, usage, model = name, stopReason } = read(end.stdout);
  if (typeof text !== "string" || text.trim() === "") throw new Error(`It answered without a text. ${lastWords(end)}`);
  const reply = replyInText(text, request);
  return { ...reply, ...(stopReason && { stopReason }), ...(usage && { usage }), model };
}

function exitOf({ code, signal }: ProgramEnd): string {
  return code === null ? `It was ended by ${signal}` : `It ended with exit code ${code}`;
}

const maxLastWords = 1_000;

/** The end of what the program said. Some print their errors to standard output. */
function lastWords({ stdout, stderr }: ProgramEnd): string {
  const said = stderr.trim() || stdout.trim();
  if (said === "") return "It printed nothing.";
  return `The end of what it printed: ${endOf(redactor()(said), maxLastWords)}`;
}

function judge(thrown: unknown, { program, cwd }: CommandSettings): FailureVerdict {
  if (thrown instanceof TracegradError) return { error: thrown, retry: false };
  if (isStartFailure(thrown)) {
    const error = new TracegradError("model-config", startFailure(thrown, program, cwd), { cause: thrown });
    return { error, retry: false };
  }
  const error = new TracegradError("model-unavailable", textOf(thrown), { cause: thrown });
  return { error, retry: true };
}

function textOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : messageOf(thrown);
}

/** Errors of `spawn`: of the system, which has a `syscall`, and of Node for arguments that no program can have. */
function isStartFailure(thrown: unknown): thrown is NodeJS.ErrnoException {
  if (!(thrown instanceof Error)) return false;
  const { syscall, code } = thrown as NodeJS.ErrnoException;
  return syscall?.startsWith("spawn") === true || code === "ERR_INVALID_ARG_VALUE";
}

function startFailure({ code, message }: NodeJS.ErrnoException, program: string, cwd: string | undefined): string {
  if (cwd !== undefined && !existsSync(cwd)) return `There is no folder ${cwd} (cwd) to run ${program} in. Make it.`;
  if (code === "ENOENT") {
    return (
      `The program ${program} was not found. Install it, so that \`${program} --version\` works in a terminal, or ` +
      "give its whole path."
    );
  }
  if (code === "EACCES") return `${program} may not be executed. Give a program, or make the file executable.`;
  return `${program} cannot be started: ${message}. Check the program and its arguments.`;
}

function writeRequest(request: ModelRequest): string {
  const head = headOfRequest(request, ["What you print is taken as the reply: give the reply and nothing else."]);
  const sections = sectionsOfRequest(request, ({ mediaType }) => {
    const fix = "Leave images out, use a model that takes them, or give an option `write` that puts them into files.";
    throw new TracegradError("model-bad-request", `A program reads text, and the request has an ${mediaType}. ${fix}`);
  });
  return `${[head, ...sections].join("\n\n")}\n`;
}

function settingsOf(program: string, args: readonly string[], options: CommandOptions): CommandSettings {
  const { name = basename(program), cwd, env = {}, timeoutMs = 10 * 60_000, maxRetries = 2 } = options;
  const { backoffMs = 1_000, concurrency = 2, maxOutputBytes = 2 ** 24 } = options;
  const { write = writeRequest, read = (stdout) => ({ text: stdout.trim() }) } = options;
  requireAboveZero("timeoutMs", timeoutMs);
  requireAboveZero("backoffMs", backoffMs);
  requireWholeNumber("maxRetries", maxRetries, { zero: true });
  requireWholeNumber("concurrency", concurrency);
  requireWholeNumber("maxOutputBytes", maxOutputBytes);
  return {
    ...{ program, args: [...args], cwd, env: { ...process.env, ...env }, name, timeoutMs, maxRetries, backoffMs },
    ...{ concurrency, maxOutputBytes, write, read, turns: new WorkQueue(concurrency) },
  };
}
