/**
 * Values in and out of the sandbox as JSON text: the host's side, and the same functions as text for the other side.
 */
import { isProxy } from "node:util/types";
import { headOf } from "../util/cut.ts";
import { isTooLarge, SandboxError, transferFix } from "./errors.ts";
import { pack, packText } from "./marshal-pack.ts";
import { decodeWith, readerText, unpack, unpackText } from "./marshal-read.ts";
import { stepsFor, survey } from "./marshal-survey.ts";
import { type SourceText, type Tools, takeTools, toolsText } from "./marshal-tools.ts";
import { encodeWith, writerText } from "./marshal-write.ts";
import { MAX_TRANSFER } from "./options.ts";

/** Statements for the other side that define `tools`, `encodeWith` and `decodeWith`. */
export function marshalSource(): string {
  const [tools, writer, reader, pack, unpack] = [toolsText(), writerText(), readerText(), packText(), unpackText()];
  // A minifier may rename a function, together with its uses inside the text; so each is asked for its name.
  const whole = ({ text, entry }: SourceText): string => `(() => {\n${text}\nreturn ${entry}; })()`;
  return `${tools.text}
const tools = { ...${tools.entry}(), pack: ${whole(pack)}, unpack: ${whole(unpack)} };
${writer.text}
${reader.text}
${writer.entry === "encodeWith" ? "" : `const encodeWith = ${writer.entry};`}
${reader.entry === "decodeWith" ? "" : `const decodeWith = ${reader.entry};`}`;
}

const host: Tools = { ...takeTools(isProxy, Infinity), pack, unpack };

/**
 * The text of a host value, of at most `maxChars` UTF-16 units. Calls nothing of the value's. `label` names it in
 * errors.
 * @throws SandboxError `"not-transferable"` for functions, symbols, cycles, objects of classes, accessors, Proxies, and
 * what is too deep or too large.
 */
export function encode(value: unknown, label: string, maxChars: number = MAX_TRANSFER): string {
  const encoded = encodeWith(host, value, label, maxChars);
  if (encoded.problem !== undefined) throw refusal(encoded.problem, maxChars);
  return encoded.text;
}

/**
 * The value of a text from inside; safe for any text: what it would cost is counted before anything is made.
 * @throws SandboxError `"not-transferable"` when it is not what {@link encode} makes, or would cost more than a text of
 * `maxChars` UTF-16 units may.
 */
export function decode(text: string, maxChars: number = MAX_TRANSFER): unknown {
  // Loading the words for numbers takes 20 ms in a new process, so it is left to the errors.
  const inWords = (count: number): string => count.toLocaleString("en");
  const refused = (reason: string): SandboxError =>
    refusal(`a value that came out of the sandbox cannot be read: ${reason}`, maxChars);
  if (text.length > maxChars) {
    throw refused(`it is ${inWords(text.length)} characters as JSON; at most ${inWords(maxChars)} may pass`);
  }
  const { left, tooDeep } = survey(text, stepsFor(maxChars));
  if (tooDeep) throw refused("it is nested too deep");
  if (left < 0)
    throw refused(`its ${inWords(text.length)} characters hold more values and names than may pass at once`);
  try {
    return withoutStacks(() => decodeWith(host, text, false, { left }));
  } catch (error) {
    throw refused(headOf(error instanceof Error ? error.message : "", 200));
  }
}

function refusal(problem: string, maxChars: number): SandboxError {
  const authorFix = isTooLarge(problem) ? transferFix(maxChars) : undefined;
  return new SandboxError("not-transferable", problem, { authorFix });
}

/** The stack of an error that is read would tell where it was read, and costs more than the error. */
function withoutStacks<R>(read: () => R): R {
  const limit = Error.stackTraceLimit;
  setStackLimit(0);
  try {
    return read();
  } finally {
    setStackLimit(limit);
  }
}

function setStackLimit(limit: number): void {
  try {
    Error.stackTraceLimit = limit;
  } catch {
    // Hardened programs freeze `Error`; then errors get a stack.
  }
}
