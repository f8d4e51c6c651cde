/**
 * Values in and out of the sandbox as JSON text: the host's side, and the same functions as text for the other side.
 */
import { SandboxError } from "./errors.ts";
import { decodeWith, readerCore, readerRest, unpackName } from "./marshal-read.ts";
import { type Tools, takeTools } from "./marshal-tools.ts";
import { type Encoded, encodeWith, packName, writerCore, writerRest } from "./marshal-write.ts";

/** The longest text that may pass the border, in UTF-16 units. */
export const MAX_TRANSFER: number = 20_000_000;

/**
 * Statements for the other side that define `tools`, `encodeWith` and `decodeWith`. What plain JSON does not need is
 * left out, and taken from the function named `part` when it is needed.
 */
export function marshalCore(part: string): string {
  // A minifier may rename a function, together with its uses inside the text; so each is asked for its name.
  return `${takeTools}
const tools = ${takeTools.name}();
const ${packName} = (...args) => ${part}("pack")(...args);
const ${unpackName} = (...args) => ${part}("unpack")(...args);
${writerCore()}
${readerCore()}
${encodeWith.name === "encodeWith" ? "" : `const encodeWith = ${encodeWith.name};`}
${decodeWith.name === "decodeWith" ? "" : `const decodeWith = ${decodeWith.name};`}`;
}

/** An expression for the other side that gives its `"pack"` or `"unpack"`. */
export function marshalPart(name: string): string {
  const [text, entry] = name === "pack" ? [writerRest(), packName] : [readerRest(), unpackName];
  return `(() => { "use strict"; const __name = (fn) => fn;\n${text}\nreturn ${entry}; })()`;
}

const host: Tools = takeTools();

/**
 * The text of a host value. `label` names it in errors.
 * @throws SandboxError `"not-transferable"` for functions, symbols, cycles, and what is too deep or too large.
 */
export function encode(value: unknown, label: string): string {
  let encoded: Encoded;
  try {
    encoded = encodeWith(host, value, label, MAX_TRANSFER);
  } catch (error) {
    throw new SandboxError("not-transferable", `${label} cannot be read: ${reason(error)}`);
  }
  if (encoded.problem !== undefined) throw new SandboxError("not-transferable", encoded.problem);
  return encoded.text;
}

/**
 * The value of a text from inside; safe for any text.
 * @throws SandboxError `"not-transferable"` when it is not what {@link encode} makes.
 */
export function decode(text: string): unknown {
  try {
    return decodeWith(host, text, false);
  } catch (error) {
    throw new SandboxError("not-transferable", `a value that came out of the sandbox cannot be read: ${reason(error)}`);
  }
}

function reason(error: unknown): string {
  try {
    return String((error as Error).message);
  } catch {
    return "it throws when it is read";
  }
}
