/**
 * A language model behind a folder: prompts go out as files, and a person or a coding agent writes the answers there.
 */

import { readFile, stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { isMissing, TracegradError } from "../util/errors.ts";
import { notice } from "../util/external-call.ts";
import { requireAboveZero } from "../util/require.ts";
import { makeModel } from "./adapter.ts";
import { guarded } from "./guard.ts";
import type { CallOptions, LanguageModel, ModelReply, ModelRequest } from "./llm.ts";
import { type Posted, PostOffice, unusable } from "./mailbox-post.ts";
import { replyInText } from "./request-text.ts";

/** Settings of `mailbox()`. */
export interface MailboxOptions {
  /** The model's name, for answers that do not say who wrote them. Default `mailbox`. */
  readonly name?: string;
  /** Milliseconds between two looks for an answer. Default 200. */
  readonly pollMs?: number;
  /** Milliseconds to wait for an answer. Default: for ever. */
  readonly timeoutMs?: number;
  /**
   * Called with the path of each answer that is waited for. Default: a run's `waiting` event, which its console shows;
   * outside of a run, a line on stderr when that is a terminal.
   */
  readonly onWaiting?: (answerFile: string) => void;
}

/**
 * A file that stays empty for this many looks is an empty answer; until then it may be one that is about to be written.
 */
const EMPTY_POLLS = 10;

/**
 * Makes a model that writes each request to `<folder>/<id>.prompt.md` and waits for `<folder>/<id>.answer.md`. The id
 * is a running number and the start of the request's hash. The folder is made when it does not exist; in one that holds
 * files of an earlier run the numbers continue, so an old answer is never taken for a new prompt. A prompt that a
 * killed process was waiting for is waited for again when the same request comes, and its answer is read when it is
 * there already. An answer is read once its size stays the same for two looks. Its first line may name its author:
 * `model:
 * <name>`. When the request has a tool, the one JSON object in the answer is also parsed to `toolInput`. It costs
 * nothing: the usage is 0.
 *
 * @throws TracegradError `"bad-option"` at once for a `pollMs` or `timeoutMs` that is not above 0. `generate` rejects
 *   with `"empty-answer"`, `"mailbox-timeout"`, `"mailbox-folder"` when the folder cannot be used, or an AbortError; on
 *   abort and at the timeout it takes its prompt away.
 */
export function mailbox(folder: string, options: MailboxOptions = {}): LanguageModel {
  const { name = "mailbox", pollMs = 200, timeoutMs, onWaiting = sayWaiting } = options;
  requireAboveZero("pollMs", pollMs);
  if (timeoutMs !== undefined) requireAboveZero("timeoutMs", timeoutMs);
  const box: Box = { office: new PostOffice(folder), pollMs, timeoutMs, onWaiting };
  return makeModel({
    name,
    free: true,
    maxUsage: { inputTokens: 0, outputTokens: 0 },
    generate: async (request, call = {}) => replyOf(await exchange(box, request, call), request, name),
  });
}

/** Without a word, waiting looks like hanging. */
function sayWaiting(answerFile: string): void {
  const text = `waiting for ${answerFile}`;
  if (!notice(text) && process.stderr.isTTY) process.stderr.write(`${text}\n`);
}

interface Box {
  readonly office: PostOffice;
  readonly pollMs: number;
  readonly timeoutMs: number | undefined;
  readonly onWaiting: (answerFile: string) => void;
}

/** Posts the request and resolves with the text of the answer. */
async function exchange(box: Box, request: ModelRequest, { signal }: CallOptions): Promise<string> {
  const { office, pollMs, timeoutMs, onWaiting } = box;
  let letter: Posted | undefined;
  const late = (): Error => {
    const text =
      `No answer came within ${timeoutMs} ms: ${letter?.answer} was not written. Raise timeoutMs, or ` +
      "leave it out.";
    return new TracegradError("mailbox-timeout", text);
  };
  const clock = timeoutMs === undefined ? undefined : { ms: timeoutMs, late };
  let posting: Promise<void> = Promise.resolve();
  try {
    return await guarded({ signal, clock }, async (stopped) => {
      const claiming = office.claim(request);
      posting = claiming.then(async (claimed) => {
        letter = claimed;
        if (!stopped.aborted) await claimed.post();
      });
      await posting;
      const { answer } = await claiming;
      onWaiting(answer);
      const text = await awaitAnswer(answer, pollMs, stopped);
      await letter?.close(false);
      return text;
    });
  } catch (thrown) {
    await posting.catch(() => {});
    // An empty answer keeps its prompt, to be looked at; an abandoned prompt is removed.
    await letter?.close(!(thrown instanceof TracegradError && thrown.code === "empty-answer"));
    throw thrown;
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
    if (isMissing(thrown)) return "";
    throw unusable(file, thrown);
  }
}

function splitAuthor(answer: string): { author: string | undefined; text: string } {
  const line = /^model:[ \t]*(\S[^\r\n]*?)[ \t]*(?:\r?\n|$)/.exec(answer);
  return line ? { author: line[1], text: answer.slice(line[0].length) } : { author: undefined, text: answer };
}

function replyOf(answer: string, request: ModelRequest, name: string): ModelReply {
  const { author, text } = splitAuthor(answer);
  return {
    ...replyInText(text, request),
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
