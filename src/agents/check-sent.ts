/** Says in a run, before it spends much, that texts of a program stand in none of its requests. */

import type { Parameter } from "../nodes/parameter.ts";
import { ExternalCallError } from "../util/errors.ts";
import { isIntercepted, warn } from "../util/external-call.ts";
import type { ProgramRun } from "./place.ts";
import type { ProgramWords } from "./program-words.ts";
import type { ProgramTexts } from "./texts.ts";

/** What the requests of a program have held so far. */
interface SentTexts {
  readonly texts: Set<Parameter>;
  requests: number;
  /** Calls of the program that have ended without any request. */
  silent: number;
}

/** A program may answer an input without a model; this many in a row say that its calls are not seen. */
const maxSilent = 3;
const sentBy = new WeakMap<ProgramTexts, SentTexts>();

function sentOf(texts: ProgramTexts): SentTexts {
  let sent = sentBy.get(texts);
  if (sent === undefined) sentBy.set(texts, (sent = { texts: new Set(), requests: 0, silent: 0 }));
  return sent;
}

/** Notes a request of a program. */
export function noteRequest(run: ProgramRun, words: ProgramWords): void {
  const sent = sentOf(run.texts);
  const { all } = run.texts;
  run.requests += 1;
  sent.requests += 1;
  if (sent.texts.size === all.length) return;
  const found = words.findIn();
  for (const text of all) if (found.has(text)) sent.texts.add(text);
}

/**
 * Called when a call of a program ends. In a run, warns of texts that were in no request so far.
 * @throws ExternalCallError `text-not-sent` when none was.
 */
export function checkSent({ texts, requests }: ProgramRun): void {
  const sent = sentOf(texts);
  sent.silent = requests === 0 ? sent.silent + 1 : 0;
  const missing = texts.all.filter((text) => !sent.texts.has(text));
  if (missing.length === 0 || !isIntercepted()) return;
  if (sent.requests === 0) {
    if (sent.silent >= maxSilent) throw nothingSeen(texts.program);
    return;
  }
  const names = missing.map(({ name }) => `"${name}"`).join(", ");
  if (missing.length === texts.all.length) throw notSent(texts.program, names);
  warn(
    `No request of the program "${texts.program}" has held ${names} so far. ${why} Until a request holds it, it ` +
      "learns nothing.",
  );
}

const why =
  "A text is found where it stands in a request exactly as it was given to learn(); white space around it does not " +
  "count. A list is found where its items follow each other, a setting where its field has the value.";

function notSent(program: string, names: string): ExternalCallError {
  return new ExternalCallError(
    "text-not-sent",
    `No request of the program "${program}" holds ${names}, so there is nothing to learn. ${why} Give learn() the ` +
      "text as the program sends it.",
  );
}

function nothingSeen(program: string): ExternalCallError {
  return new ExternalCallError(
    "text-not-sent",
    `The program "${program}" has been run ${maxSilent} times, and no request to a model was seen, so there is nothing ` +
      "to learn. Let its client send by a door of tracegrad/agents: `new OpenAI({ fetch: traceFetch() })`, or " +
      "`traceModel(model)` for the AI SDK.",
  );
}
