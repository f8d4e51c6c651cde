/** Recovers the text, JSDoc and signature of a function as a person wrote them, or as near to that as can be had. */
import { TracegradError } from "../../util/errors.ts";
import { type FunctionHead, paramsOf } from "./head.ts";
import { isShort } from "./minified.ts";
import { readSource } from "./read-source.ts";
import type { RecoveredSource, SourceRequest } from "./recovered-source.ts";
import { nameFor } from "./text-name.ts";

/**
 * The source of a wrapped function: read from the file that the call site leads to, else from what the engine keeps of
 * it. Never throws and never prints.
 */
export function recoverSource(request: SourceRequest): RecoveredSource {
  try {
    return requireSource(request);
  } catch {
    // What reads it is not deployed: a function works without its source.
    return unreadable(request, paramsOf(request.fn));
  }
}

/**
 * The same for a function that cannot do without its text.
 * @throws TracegradError `no-package` where what reads it is not deployed: that says nothing about the text.
 */
export function requireSource(request: SourceRequest): RecoveredSource {
  const head = paramsOf(request.fn);
  try {
    return readSource(request, head) ?? unreadable(request, head);
  } catch (error) {
    if (error instanceof TracegradError && error.code === "no-package") throw error;
    // What reads it is at fault, and that must not stop the program.
    return unreadable(request, head);
  }
}

function unreadable(request: SourceRequest, { name, params, async }: FunctionHead): RecoveredSource {
  const chosen = nameFor([request.name, name?.replace(/^bound /, "")]);
  const list = params.map((param) => param.name).join(", ");
  const signature = `${async ? "async " : ""}${chosen}(${list})`;
  const unnamed = request.name === undefined && isShort(chosen);
  return {
    text: "",
    name: chosen,
    unnamed,
    minified: false,
    doc: undefined,
    params,
    async,
    signature,
    origin: "toString",
  };
}
