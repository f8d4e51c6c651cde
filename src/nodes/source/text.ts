/** Writes a function of a file as a separate text: a whole program of one function, and its signature. */
import { isThis } from "./params.ts";
import { childrenOf, type SourceComment, type SyntaxNode } from "./syntax.ts";

/**
 * A function to be written out: its node, the member that holds it if it is a method, the text that contains it, and
 * the name it gets.
 */
export interface Written {
  readonly text: string;
  readonly comments: readonly SourceComment[];
  readonly node: SyntaxNode;
  readonly member?: SyntaxNode | undefined;
  readonly name: string;
}

/**
 * The function as a program of one statement. A declaration of that name stays unchanged; a method becomes a
 * declaration, without modifiers and decorators; what has no name, or another one, becomes `const name = …;`.
 * Formatting and comments are kept, indentation is taken back to column 0.
 */
export function programText(written: Written): string {
  const { text, node, member, name } = written;
  const base = indentAt(text, member?.start ?? node.start);
  const body = (from: number): string => sliceDedented(written, from, base);
  if (member !== undefined) {
    const start = (member.typeParameters ?? node.typeParameters)?.start ?? node.start;
    return `${prefix(node)}function${node.generator === true ? "*" : ""} ${name}${body(start)}`;
  }
  return node.id?.name === name ? body(node.start) : `const ${name} = ${body(node.start)};`;
}

// A signature up to this width stays on one line.
const WIDTH = 120;

/**
 * All that a caller must know: `async extract(response: string): Promise<string>`; one parameter a line if one line is
 * too long.
 */
export function signatureText(written: Written): string {
  const { node, member, name } = written;
  const piece = (part: SyntaxNode | undefined): string => (part === undefined ? "" : inOneLine(written, part));
  const params = (node.params ?? []).filter((param) => !isThis(param)).map(piece);
  const typeParameters = piece(member?.typeParameters ?? node.typeParameters);
  const head = `${prefix(node)}${node.generator === true ? "*" : ""}${name}${typeParameters}`;
  const line = `${head}(${params.join(", ")})${piece(node.returnType)}`;
  if (line.length <= WIDTH || params.length === 0) return line;
  return `${head}(\n${params.map((param) => `  ${param},\n`).join("")})${piece(node.returnType)}`;
}

function prefix(node: SyntaxNode): string {
  return node.async === true ? "async " : "";
}

/** The indentation of the line that an offset is on. */
function indentAt(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(text.lastIndexOf("\n", offset - 1) + 1))?.[0] ?? "";
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * The function's text from an offset on, without the `this` parameter and without the indentation of its first line.
 */
function sliceDedented({ text, node }: Written, from: number, indent: string): string {
  const literals = literalSpans(node);
  const removed = thisParameter(text, node);
  let result = "";
  let start = from;
  while (start < node.end) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 || newline >= node.end ? node.end : newline + 1;
    // The inside of a template or string is its value, not layout.
    const isLayout = start !== from && !literals.some((span) => span.start < start && start <= span.end);
    result += without(text, { start: isLayout ? start + commonLength(text, start, indent) : start, end }, removed);
    start = end;
  }
  return result.replaceAll("\r\n", "\n");
}

function without(text: string, { start, end }: Span, removed: Span | undefined): string {
  if (removed === undefined || removed.end <= start || end <= removed.start) return text.slice(start, end);
  return (
    text.slice(start, Math.max(start, removed.start)) +
    text.slice(Math.max(start, removed.end), Math.max(end, removed.end))
  );
}

function commonLength(text: string, start: number, indent: string): number {
  let length = 0;
  while (length < indent.length && /[ \t]/.test(text[start + length] ?? "")) length++;
  return length;
}

function thisParameter(text: string, node: SyntaxNode): Span | undefined {
  const [first, second] = node.params ?? [];
  if (first === undefined || !isThis(first)) return undefined;
  const end = second?.start ?? first.end + (/^\s*,/.exec(text.slice(first.end))?.[0].length ?? 0);
  return { start: first.start, end };
}

/** Where the text is a value to the letter: the parts of templates, and strings. */
function literalSpans(root: SyntaxNode): Span[] {
  const spans: Span[] = [];
  const waiting = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    const isText = node.type === "TemplateElement" || node.type === "JSXText" || typeof node.value === "string";
    if (isText) spans.push(node);
    waiting.push(...childrenOf(node));
  }
  return spans;
}

/** A piece of a signature without comments and line breaks; strings and templates in it stay unchanged. */
function inOneLine({ text, comments }: Written, part: SyntaxNode): string {
  const spans = literalSpans(part);
  const inside = comments.filter(({ start, end }) => part.start <= start && end <= part.end);
  let result = "";
  let at = part.start;
  for (const span of [...spans, ...inside].sort((a, b) => a.start - b.start)) {
    const code = text.slice(at, span.start).replace(/\s*\n\s*/g, " ");
    const isComment = "block" in span;
    result += isComment ? code.trimEnd() : code + text.slice(span.start, span.end);
    at = span.end;
  }
  return (result + text.slice(at, part.end).replace(/\s*\n\s*/g, " ")).trim();
}
