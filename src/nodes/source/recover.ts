/** Recovers the text, JSDoc and signature of a function as a person wrote them, or as near to that as can be had. */
import { identifier, sameName } from "../../util/names.ts";
import { type CallSite, locate } from "./call-site.ts";
import { declaredTypes, type TypeDeclaration, TypeFile } from "./declarations.ts";
import { docBefore } from "./doc.ts";
import { type FoundFunction, findWrapped, offsetOf } from "./find.ts";
import { type FunctionHead, paramsOf, syntaxOf } from "./head.ts";
import { isMinified, isShort } from "./minified.ts";
import { type ParamInfo, readParams, sameParams } from "./params.ts";
import { parseFile } from "./parse.ts";
import { isNode, memberName, type ParsedText, type SyntaxNode } from "./syntax.ts";
import { programText, signatureText, type Written } from "./text.ts";
import type { WrittenType } from "./type-fit.ts";

/** A function whose source is asked for. */
export interface SourceRequest {
  readonly fn: Function;
  /** The name it goes by, whatever it is declared with: bundlers rename declarations. A method keeps its own. */
  readonly name?: string;
  /** `"method"` for one that a decorator wraps, `"function"` for the argument of a call. */
  readonly kind: "function" | "method";
  /** Where it was wrapped. */
  readonly site: CallSite;
}

/** A function as text. */
export interface RecoveredSource {
  /**
   * A program of one function: a declaration, or `const name = …;` for an arrow or anonymous function. TypeScript,
   * formatting and comments are kept where `origin` is `"source"`. Empty when the function has no readable text (native
   * or bound functions, classes, accessors).
   */
  readonly text: string;
  /**
   * The name under which `text` declares the function: the one asked for, else its own, else the variable it is
   * assigned to, else `fn`.
   */
  readonly name: string;
  /** True where the name is a fallback, which two functions may share: `fn`, or one as short as a minifier's. */
  readonly unnamed: boolean;
  /** True where the text is a minifier's, so that the names in it are not the author's. */
  readonly minified: boolean;
  /** The JSDoc before it, without comment marks. */
  readonly doc: string | undefined;
  readonly params: readonly ParamInfo[];
  readonly async: boolean;
  /** The text up to the body: `extract(response: string): string`. */
  readonly signature: string;
  /** The types that the signature names, from its file and what that imports. */
  readonly types?: readonly TypeDeclaration[];
  /** The type of the result, where one is written. */
  readonly resultType?: WrittenType;
  /** `"source"`: read from the source file. `"toString"`: from the compiled text, so without types and JSDoc. */
  readonly origin: "source" | "toString";
}

/**
 * The source of a wrapped function. It is read from the file that the call site leads to; where that fails, or what
 * stands there does not fit the function (another name or parameter list), from `Function.prototype.toString`. Never
 * throws and never prints.
 */
export function recoverSource(request: SourceRequest): RecoveredSource {
  const head = paramsOf(request.fn);
  try {
    return fromFile(request, head) ?? fromRuntime(request, head);
  } catch {
    // Reached only by a fault of ours: a function without its source still works, so that it must not stop the program.
    return unreadable(request, head);
  }
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

function fromRuntime(request: SourceRequest, head: FunctionHead): RecoveredSource {
  const syntax = isCallable(head) ? syntaxOf(request.fn) : undefined;
  if (syntax === undefined) return unreadable(request, head);
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

function isCallable({ kind }: FunctionHead): boolean {
  return kind === "function" || kind === "arrow" || kind === "method";
}

/**
 * The first of the names as an identifier: `#secret` becomes `secret`, `a-b` becomes `a_b`, `delete` becomes `delete_`.
 */
function nameFor(names: readonly (string | undefined)[]): string {
  const name = names.find(isReadable);
  return name === undefined ? "fn" : identifier(name.replace(/^#/, ""));
}

function isReadable(name: string | undefined): name is string {
  return name !== undefined && /[\w$]/.test(name);
}
