/**
 * A language model behind a folder: prompts go out as files, and a person or a coding agent writes the answers there.
 */

import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf, TracegradError } from "../util/errors.ts";
import { hashOf, onlyJsonObject } from "../util/json.ts";
import { guarded } from "./guard.ts";
import type { CallOptions, LanguageModel, ModelReply, ModelRequest } from "./llm.ts";
import { type LetterFile, letterOf } from "./mailbox-letter.ts";
import { reachable } from "./outside.ts";

/** Settings of `mailbox()`. */
export interface MailboxOptions {
  /** The model's name, for answers that do not say who wrote them. Default `mailbox`. */
  readonly name?: string;
  /** Milliseconds between two looks for an answer. Default 200. */
  readonly pollMs?: number;
  /** Milliseconds to wait for an answer. Default: for ever. */
  readonly timeoutMs?: number;
}

/**
 * A file that stays empty for this many looks is an empty answer; until then it may be one that is about to be written.
 */
const EMPTY_POLLS = 10;

/**
 * Makes a model that writes each request to `<folder>/<id>.prompt.md` and waits for `<folder>/<id>.answer.md`. The id
 * is a running number and the start of the request's hash. The folder is made when it does not exist; in one that holds
 * files of an earlier run the numbers go on, so an old answer is never taken for a new prompt. An answer is read once
 * its size stays the same for two looks. Its first line may name its author: `model: <name>`. When the request has a
 * tool, the one JSON object in the answer is also parsed to `toolInput`. The usage is 0, because nobody counted.
 *
 * @throws TracegradError `"bad-option"` at once for a `pollMs` or `timeoutMs` that is not above 0. `generate` rejects
 *   with `"empty-answer"`, `"mailbox-timeout"`, `"mailbox-folder"` when the folder cannot be used, or an AbortError; on
 *   abort and at the timeout it takes its prompt away.
 */
export function mailbox(folder: string, options: MailboxOptions = {}): LanguageModel {
  const { name = "mailbox", pollMs = 200, timeoutMs } = options;
  for (const [option, value] of Object.entries({ pollMs, timeoutMs })) {
    if (value !== undefined && !(value > 0))
      throw new TracegradError("bad-option", `${option} is ${value}, not above 0.`);
  }
  let last = 0;
  let turn: Promise<unknown> = Promise.resolve();
  /** One at a time, so that two prompts posted at once get different numbers. */
  const claim = (request: ModelRequest): Promise<string> => {
    const id = turn.then(async () => {
      last = Math.max(last, await lastNumber(folder)) + 1;
      return `${String(last).padStart(4, "0")}-${hashOf(request).slice(0, 8)}`;
    });
    turn = id.catch(() => {});
    return id;
  };
  const box: Box = { folder, pollMs, timeoutMs, claim };
  return reachable({
    name,
    generate: async (request, call = {}) => replyOf(await exchange(box, request, call), request, name),
  });
}

interface Box {
  readonly folder: string;
  readonly pollMs: number;
  readonly timeoutMs: number | undefined;
  readonly claim: (request: ModelRequest) => Promise<string>;
}

/** Posts the request and resolves with the text of the answer. */
async function exchange(box: Box, request: ModelRequest, { signal }: CallOptions): Promise<string> {
  const { folder, pollMs, timeoutMs, claim } = box;
  let written: readonly string[] = [];
  let answer = "";
  const late = (): Error => {
    const text = `No answer came within ${timeoutMs} ms: ${answer} was not written. Raise timeoutMs, or leave it out.`;
    return new TracegradError("mailbox-timeout", text);
  };
  const clock = timeoutMs === undefined ? undefined : { ms: timeoutMs, late };
  let posting: Promise<void> = Promise.resolve();
  try {
    return await guarded({ signal, clock }, async (stopped) => {
      const id = await claim(request);
      answer = join(folder, `${id}.answer.md`);
      const files = letterOf(request, id);
      written = files.map((file) => join(folder, file.name));
      if (!stopped.aborted) posting = post(folder, files);
      await posting;
      return await awaitAnswer(answer, pollMs, stopped);
    });
  } catch (thrown) {
    // An empty answer keeps its prompt, to be looked at; a prompt that nobody waits for any more is taken away.
    if (!(thrown instanceof TracegradError && thrown.code === "empty-answer")) {
      await posting.catch(() => {});
      await Promise.all(written.map((file) => rm(file, { force: true }).catch(() => {})));
    }
    throw thrown;
  }
}

async function lastNumber(folder: string): Promise<number> {
  try {
    await mkdir(folder, { recursive: true });
    const numbers = (await readdir(folder)).map((name) => Number(/^(\d{4,15})-/.exec(name)?.[1] ?? 0));
    return numbers.reduce((a, b) => Math.max(a, b), 0);
  } catch (thrown) {
    throw unusable(folder, thrown);
  }
}

/** The prompt comes last and in one move, so that whoever watches the folder never sees half of it. */
async function post(folder: string, files: readonly LetterFile[]): Promise<void> {
  try {
    for (const { name, content } of files) {
      const draft = join(folder, `${name}.tmp`);
      await writeFile(draft, content);
      await rename(draft, join(folder, name));
    }
  } catch (thrown) {
    throw unusable(folder, thrown);
  }
}

async function awaitAnswer(file: string, pollMs: number, signal: AbortSignal): Promise<string> {
  let seen = "";
  let polls = 0;
  for (;;) {
    const now = await look(file);
    polls = now === seen ? polls + 1 : 1;
    seen = now;
    if (now !== "" && polls >= 2) {
      const text = (await readFile(file, "utf8")).replace(/^\uFEFF/, "");
      if (splitAuthor(text).text.trim() !== "") return text;
      if (polls >= EMPTY_POLLS) throw emptyAnswer(file);
    }
    await sleep(pollMs, undefined, { signal });
  }
}

/** What tells one state of the file from another; empty while there is none. */
async function look(file: string): Promise<string> {
  try {
    const { size, mtimeMs } = await stat(file);
    return `${size} ${mtimeMs}`;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw unusable(file, thrown);
  }
}

function splitAuthor(answer: string): { author: string | undefined; text: string } {
  const line = /^model:[ \t]*(\S[^\r\n]*?)[ \t]*(?:\r?\n|$)/.exec(answer);
  return line ? { author: line[1], text: answer.slice(line[0].length) } : { author: undefined, text: answer };
}

function replyOf(answer: string, request: ModelRequest, name: string): ModelReply {
  const { author, text } = splitAuthor(answer);
  const toolInput = request.tool ? onlyJsonObject(text) : undefined;
  return {
    text,
    ...(toolInput && { toolInput }),
    stopReason: toolInput ? "tool" : "end",
    usage: { inputTokens: 0, outputTokens: 0 },
    model: author ?? name,
  };
}

function emptyAnswer(file: string): TracegradError {
  return new TracegradError(
    "empty-answer",
    `The answer file ${file} is empty. Delete it and run again; write the whole answer under another name first, ` +
      "then rename it to the name that the prompt asks for.",
  );
}

function unusable(path: string, thrown: unknown): TracegradError {
  const text = `The mailbox cannot use ${path}: ${messageOf(thrown)}. Give a folder that can be read and written.`;
  return new TracegradError("mailbox-folder", text);
}
