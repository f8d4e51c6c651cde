/** Recovers the text, JSDoc and signature of a function as a person wrote them, or as near to that as can be had. */
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
  const head = paramsOf(request.fn);
  try {
    return readSource(request, head) ?? unreadable(request, head);
  } catch {
    // What reads it is not deployed, or at fault: a function without its source still works, so that it must not stop
    // the program.
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
