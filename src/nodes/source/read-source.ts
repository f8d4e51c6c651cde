/** Reads the text, JSDoc and signature of a function: from the file of its author, else from what the engine keeps. */
import { sameName } from "../../util/names.ts";
import { declaredTypes, TypeFile } from "./declarations.ts";
import { docBefore } from "./doc.ts";
import { type FoundFunction, findWrapped, offsetOf } from "./find.ts";
import { syntaxOf } from "./function-syntax.ts";
import type { FunctionHead } from "./head.ts";
import { locate } from "./locate.ts";
import { isMinified, isShort } from "./minified.ts";
import { readParams, sameParams } from "./params.ts";
import { parseFile } from "./parse.ts";
import type { RecoveredSource, SourceRequest } from "./recovered-source.ts";
import { isNode, memberName, type ParsedText, type SyntaxNode } from "./syntax.ts";
import { programText, signatureText, type Written } from "./text.ts";
import { isReadable, nameFor } from "./text-name.ts";

/**
 * The source of a wrapped function whose head is known. It is read from the file that the call site leads to; where that
 * fails, or what stands there does not fit the function (another name or parameter list), from
 * `Function.prototype.toString`. Undefined where the function has no readable text.
 */
export function readSource(request: SourceRequest, head: FunctionHead): RecoveredSource | undefined {
  return fromFile(request, head) ?? fromRuntime(request, head);
}

function fromFile(request: SourceRequest, head: FunctionHead): RecoveredSource | undefined {
  if (!isCallable(head)) return undefined;
  const place = locate(request.site);
  const file = place && parseFile(place.file, place.content);
  const offset = file && offsetOf(file.text, place.line, place.column);
  if (file === undefined || offset === undefined) return undefined;
  const names = [head.name, request.name].filter((name) => name !== undefined);
  const candidates = findWrapped(file, { offset, kind: request.kind, names });
  const fits = place?.content === undefined ? isFunction : isMinifiedFrom;
  const found = candidates.find((candidate) => fits(candidate, head));
  if (place === undefined || found === undefined) return undefined;
  return { ...written(file, found, { request, head, origin: "source" }), ...typesOf(place.file, file, found.node) };
}

function typesOf(path: string, parsed: ParsedText, node: SyntaxNode): Pick<RecoveredSource, "types" | "resultType"> {
  const file = new TypeFile(path, parsed);
  const types = declaredTypes(file, node);
  return { types, ...(isNode(node.returnType) && { resultType: { node: node.returnType, file } }) };
}

/** True when the text in the file can be the function at hand. */
function isFunction(found: FoundFunction, head: FunctionHead): boolean {
  const declared = found.member === undefined ? found.node.id?.name : memberName(found.member);
  const isNamed = declared === undefined || head.name === undefined || sameName(declared, head.name);
  return isNamed && isAlike(found, head, sameName);
}

/**
 * The same for a text that the source map itself carries: it is what was compiled, so that a minifier's names do not
 * tell against it. A file on the disk may have changed since.
 */
function isMinifiedFrom(found: FoundFunction, head: FunctionHead): boolean {
  return isAlike(found, head, (source, running) => sameName(source, running) || isShort(running));
}

function isAlike({ node }: FoundFunction, head: FunctionHead, isName: typeof sameName): boolean {
  const isSameKind = (node.async === true) === head.async && (node.generator === true) === head.generator;
  return isSameKind && sameParams(readParams(node.params ?? []), head.params, isName);
}

function fromRuntime(request: SourceRequest, head: FunctionHead): RecoveredSource | undefined {
  const syntax = isCallable(head) ? syntaxOf(request.fn) : undefined;
  if (syntax === undefined) return undefined;
  const { text, node, member, comments } = syntax;
  const file: ParsedText = { text, program: node, comments };
  const found: FoundFunction = { node, anchors: [], ...(member === undefined ? {} : { member }) };
  return written(file, found, { request, head, origin: "toString" });
}

interface RecoveryContext {
  readonly request: SourceRequest;
  readonly head: FunctionHead;
  readonly origin: RecoveredSource["origin"];
}

function written(file: ParsedText, found: FoundFunction, { request, head, origin }: RecoveryContext): RecoveredSource {
  const { node, member, variable } = found;
  const hasOwnName = head.name !== undefined && !isShort(head.name);
  const own = [node.id?.name, ...(hasOwnName ? [head.name, variable] : [variable, head.name])];
  const name = nameFor(member === undefined ? [request.name, ...own] : [head.name, request.name]);
  const whole: Written = { text: file.text, comments: file.comments, node, member, name };
  const params = readParams(node.params ?? []);
  const text = programText(whole);
  return {
    text,
    name,
    unnamed: member === undefined && request.name === undefined && (!own.some(isReadable) || isShort(name)),
    minified: isMinified(text, params),
    doc: docBefore(file, found.anchors),
    params,
    async: node.async === true,
    signature: signatureText(whole),
    origin,
  };
}

function isCallable({ kind }: FunctionHead): boolean {
  return kind === "function" || kind === "arrow" || kind === "method";
}
