/** Records a model's answers to one file and replays them offline, keyed by the exact request. */

import { throwIfAborted } from "../util/abort.ts";
import { calleeOf, counted, markThroughRun } from "../util/answering.ts";
import { endOf } from "../util/cut.ts";
import { TracegradError } from "../util/errors.ts";
import { hashOf } from "../util/json.ts";
import { takeAtHand, throughRun } from "./adapter.ts";
import {
  type Cassette,
  type CassetteEntry,
  createCassette,
  isReply,
  loadCassette,
  saveCassette,
} from "./cassette-file.ts";
import type { CallOptions, LanguageModel, ModelReply, ModelRequest } from "./llm.ts";
import { textOfRequest } from "./text.ts";

const TAIL_LENGTH = 200;

/**
 * Makes a model that passes requests on to `model` and keeps each answer in the cassette `file`. The file is made at
 * once, and replaced as a whole after every reply: a killed recording loses no answer that had come. A cassette with
 * answers is continued: requests whose answers are in it are served from it and not asked again. The file holds hashes
 * and replies, not the prompts; it is compressed when its name ends in `.gz`. Only one recorder may write to a file at a
 * time.
 *
 * @param info `note` is kept in the file, for people.
 * @throws TracegradError at once when the file is not a cassette (`"cassette-damaged"`), is of a newer version
 *   (`"cassette-version"`), holds another model's answers (`"cassette-model"`), or cannot be made (`"cassette-write"`).
 *   `generate` rejects with what `model` rejects with, or `"cassette-write"` when the file cannot be replaced.
 */
export function record(model: LanguageModel, file: string, info: { readonly note?: string } = {}): LanguageModel {
  const known = loadCassette(file);
  // One without answers is what a recording left behind that failed at its first request: it holds nobody's answers.
  const cassette = known?.entries.length ? known : newCassette(file, model.name, info.note);
  if (cassette.model !== model.name) {
    throw new TracegradError(
      "cassette-model",
      `The cassette ${file} holds answers of ${cassette.model}, not of ${model.name}. Record to another file.`,
    );
  }
  const recorded = byHash(cassette.entries);
  const { entries } = cassette;
  const counts = new Map<string, number>();
  /** Which of the identical requests an entry of this session answers. */
  const turns = new Map<CassetteEntry, number>();
  const save = oneAtATime(() => saveCassette(file, cassette));
  const asking = counted(model);
  return {
    name: model.name,
    ...(model.maxTokens === undefined ? {} : { maxTokens: model.maxTokens }),
    generate: markThroughRun(async (request: ModelRequest, options: CallOptions = {}) => {
      throwIfAborted(options.signal);
      const hash = hashOf(request);
      const turn = countUp(counts, hash);
      const earlier = recorded.get(hash)?.[turn];
      if (earlier) return await takeAtHand(calleeOf(asking).name, request, structuredClone(earlier.reply));
      const reply = await asking.generate(request, options);
      if (!isReply(reply)) throw badReply(model.name);
      const entry: CassetteEntry = { hash, tail: tailOf(request), reply: structuredClone(reply), recordedAt: now() };
      turns.set(entry, turn);
      // Answers to identical requests stay in the order of the calls, also when a later one comes in first.
      const later = entries.findIndex((other) => other.hash === hash && (turns.get(other) ?? -1) > turn);
      entries.splice(later < 0 ? entries.length : later, 0, entry);
      await save();
      return reply;
    }, calleeOf(asking)),
  };
}

/**
 * Makes a model that answers from the cassette `file` alone, read here and now. The n-th identical request gets its
 * n-th recorded answer, and the last one again when there are no more. Its name is the recorded model's. A run takes
 * its answers for free, unless its `prices` name it: then they cost what they did when they were recorded. A file whose
 * name ends in `.gz` is one that `record` or gzip has compressed.
 *
 * @throws TracegradError at once when the file is missing (`"cassette-missing"`), is not a cassette
 *   (`"cassette-damaged"`), or is of a newer version (`"cassette-version"`). `generate` rejects with
 *   `"no-recorded-answer"` for any other request.
 */
export function replay(file: string): LanguageModel {
  const cassette = loadCassette(file);
  if (!cassette) {
    throw new TracegradError("cassette-missing", `There is no cassette ${file}. Check the path, or record one first.`);
  }
  const recorded = byHash(cassette.entries);
  const counts = new Map<string, number>();
  const callee = { name: cassette.model, free: true };
  return {
    name: cassette.model,
    generate: markThroughRun(async (request: ModelRequest, options: CallOptions = {}): Promise<ModelReply> => {
      throwIfAborted(options.signal);
      const hash = hashOf(request);
      const answers = recorded.get(hash);
      if (!answers) throw unknownRequest(file, cassette, request);
      // Counted before the run is asked: a call that its journal answers is one of the calls, too.
      const { reply } = (answers[countUp(counts, hash)] ?? answers.at(-1)) as CassetteEntry;
      return throughRun({ ...callee, generate: async () => structuredClone(reply) }, request, options);
    }, callee),
  };
}

function newCassette(file: string, model: string, note: string | undefined): Cassette {
  const cassette = { model, recorded: now(), ...(note !== undefined && { note }), entries: [] };
  createCassette(file, cassette);
  return cassette;
}

/**
 * Runs `save` never twice at the same time. A call while it runs waits for the next run, which it shares with all
 * others that wait: a save writes everything, so one serves them all.
 */
function oneAtATime(save: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  return () => {
    next ??= running
      .catch(() => {})
      .then(() => {
        next = undefined;
        running = save();
        return running;
      });
    return next;
  };
}

function now(): string {
  return new Date().toISOString();
}

/** The entries of each request in their order: a copy, so that answers recorded later do not join it. */
function byHash(entries: readonly CassetteEntry[]): ReadonlyMap<string, readonly CassetteEntry[]> {
  const groups = new Map<string, CassetteEntry[]>();
  for (const entry of entries) {
    const group = groups.get(entry.hash);
    if (group) group.push(entry);
    else groups.set(entry.hash, [entry]);
  }
  return groups;
}

/** The count before this one. */
function countUp(counts: Map<string, number>, key: string): number {
  const count = counts.get(key) ?? 0;
  counts.set(key, count + 1);
  return count;
}

function tailOf(request: ModelRequest): string {
  return endOf(textOfRequest(request), TAIL_LENGTH);
}

function badReply(name: string): TracegradError {
  const text = `${name} gave a reply that is not a ModelReply (text, stopReason, usage, model). Fix its adapter.`;
  return new TracegradError("bad-reply", text);
}

function unknownRequest(file: string, { recorded, entries }: Cassette, request: ModelRequest): TracegradError {
  if (entries.length === 0) {
    return new TracegradError("no-recorded-answer", `The cassette ${file} has no answers. Record some first.`);
  }
  const tail = tailOf(request);
  const nearest = nearestTail(entries, tail);
  return new TracegradError(
    "no-recorded-answer",
    `The cassette ${file} has no answer to this request: the prompt has changed since the recording of ${recorded}. ` +
      `Record again, or restore what makes the prompt.\nThis request ends:       ${JSON.stringify(tail)}\n` +
      `The nearest one that is recorded ends: ${nearest === undefined ? "(none is)" : JSON.stringify(nearest)}` +
      (nearest === tail ? "\nThese ends are alike: what changed comes earlier, or in the tool or the settings." : ""),
  );
}

/** The recorded tail that shares most of its words with `tail`. */
function nearestTail(entries: readonly CassetteEntry[], tail: string): string | undefined {
  const words = wordsOf(tail);
  let best: string | undefined;
  let bestScore = -1;
  for (const { tail: other } of entries) {
    const others = wordsOf(other);
    const shared = [...others].filter((word) => words.has(word)).length;
    const score = other === tail ? 2 : shared / Math.max(1, words.size + others.size - shared);
    if (score > bestScore) [best, bestScore] = [other, score];
  }
  return best;
}

function wordsOf(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/));
}
