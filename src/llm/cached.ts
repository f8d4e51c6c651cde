/** Keeps a model's answers in a folder, by the content of the request, so that none is paid for twice. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { throwIfAborted } from "../util/abort.ts";
import { calleeOf, counted, markThroughRun } from "../util/answering.ts";
import { isMissing, messageOf, TracegradError } from "../util/errors.ts";
import { hashOf } from "../util/json.ts";
import { formatJson, type JsonFormat, parseJson, writeWhole } from "../util/json-file.ts";
import { takeAtHand } from "./adapter.ts";
import { isReply } from "./cassette-file.ts";
import type { CallOptions, LanguageModel, ModelReply, ModelRequest } from "./llm.ts";
import { takeTurn } from "./turns.ts";

/** A model whose answers are kept. */
export interface CachedModel extends LanguageModel {
  /** How many answers came from the folder so far. */
  readonly hits: number;
  /** How many the model was asked for. */
  readonly misses: number;
}

/**
 * Makes a model that keeps the answers of `model` in `folder`, one file each, and gives them again to equal requests:
 * by the same hash as cassettes, under the model's name. The n-th time that this model is asked the same, it gives the
 * n-th answer, so samples stay apart; one that is not there is asked for. Answers from the folder cost nothing in a
 * budget: a run keeps them, and does not count them.
 *
 * Several processes may share a folder; of those on one machine that want the same answer at once, one asks and the
 * others wait for it. Processes on several machines may each ask. Errors, refusals and answers that were cut are not
 * kept. A file that cannot be read is asked for again, and one that cannot be written is left out, each with one
 * warning of the process. The files hold hashes and replies, not the prompts. Settings of `model` that are not in the
 * request, such as the arguments of a program, are not seen: give such models different names or folders. `generate`
 * rejects with what `model` rejects with.
 * @example
 * const llm = cached(command("claude", ["-p", "--tools", ""]), ".cache/answers");
 */
export function cached(model: LanguageModel, folder: string): CachedModel {
  const asking = counted(model);
  const counts = new Map<string, number>();
  const cache: Cache = { asking, damaged: new Set(), hits: 0, misses: 0 };
  const generate = async (request: ModelRequest, options: CallOptions = {}): Promise<ModelReply> => {
    throwIfAborted(options.signal);
    const hash = hashOf(request);
    // Numbered before anything is awaited: the program decides the order of the calls.
    const number = (counts.get(hash) ?? 0) + 1;
    counts.set(hash, number);
    const place = { path: pathOf(folder, model.name, `${hash}-${number}`), model: model.name, hash };
    return await answerFrom(cache, place, request, options);
  };
  return {
    name: model.name,
    ...(model.maxTokens === undefined ? {} : { maxTokens: model.maxTokens }),
    generate: markThroughRun(generate, calleeOf(asking)),
    get hits() {
      return cache.hits;
    },
    get misses() {
      return cache.misses;
    },
  };
}

interface Cache {
  readonly asking: LanguageModel;
  /** The files that could not be read and were warned of. */
  readonly damaged: Set<string>;
  hits: number;
  misses: number;
}

/** The answer that is kept in `place`, or a new one. */
async function answerFrom(
  cache: Cache,
  place: AnswerPlace,
  request: ModelRequest,
  options: CallOptions,
): Promise<ModelReply> {
  for (;;) {
    const reply = await read(place, cache.damaged);
    if (reply !== undefined) {
      cache.hits += 1;
      return await takeAtHand(calleeOf(cache.asking).name, request, reply);
    }
    const endTurn = await takeTurn(place.path);
    if (endTurn === undefined) {
      await sleep(pollMs, undefined, options);
      continue;
    }
    try {
      // Another may have ended its turn between the look and this one.
      if ((await read(place, cache.damaged)) !== undefined) continue;
      cache.misses += 1;
      const fresh = await cache.asking.generate(request, options);
      if (isCacheable(fresh) && (await write(place, fresh))) cache.damaged.delete(place.path);
      return fresh;
    } finally {
      await endTurn();
    }
  }
}

/** Milliseconds between two looks for an answer that another asks for. */
const pollMs = 50;

/** Where an answer is kept, and whose it is. */
interface AnswerPlace {
  readonly path: string;
  readonly model: string;
  readonly hash: string;
}

/** One folder for each model, whatever its name. */
function pathOf(folder: string, model: string, answer: string): string {
  const readable = model.replace(/[^\w-]+/g, "_").slice(0, 60);
  return join(folder, `${readable}-${hashOf(model).slice(0, 8)}`, `${answer}.json`);
}

/** A cut answer, or a refusal, may be another one the next time. */
function isCacheable(reply: ModelReply): boolean {
  return isReply(reply) && (reply.stopReason === "end" || reply.stopReason === "tool");
}

function formatOf(path: string): JsonFormat {
  return {
    format: "tracegrad-answer",
    version: 1,
    damaged: (how) => new TracegradError("answer-damaged", `The kept answer ${path} cannot be read: ${how}`),
  };
}

/** The answer that is kept there; undefined when there is none. Warns once of a file that is none, and notes it. */
async function read({ path, model, hash }: AnswerPlace, damaged: Set<string>): Promise<ModelReply | undefined> {
  try {
    const fields = parseJson(await readFile(path, "utf8"), formatOf(path));
    const { reply } = fields;
    if (isReply(reply) && fields["model"] === model && fields["hash"] === hash) return reply;
    throw formatOf(path).damaged("it is no answer of this model to this request");
  } catch (thrown) {
    if (isMissing(thrown) || damaged.has(path)) return undefined;
    damaged.add(path);
    warn(`${messageOf(thrown)}. The model is asked again, and its answer replaces the file.`);
    return undefined;
  }
}

/** Whether the answer could be kept. */
async function write({ path, model, hash }: AnswerPlace, reply: ModelReply): Promise<boolean> {
  try {
    const recordedAt = new Date().toISOString();
    await writeWhole(path, formatJson(formatOf(path), { model, hash, recordedAt, reply }));
    return true;
  } catch (thrown) {
    // The answer is paid for: it is given, kept or not.
    warn(`An answer of ${model} could not be kept: ${messageOf(thrown)}. Give cached() a folder that can be written.`);
    return false;
  }
}

function warn(text: string): void {
  process.emitWarning(text, "TracegradWarning");
}
