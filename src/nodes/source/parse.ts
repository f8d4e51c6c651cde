/** Parses TypeScript and JavaScript files into trees with positions and comments, and remembers the latest ones. */
import type { Comment, Parser } from "acorn";
import { loadAcorn, loadAcornTypeScript } from "../../util/packages.ts";
import { fileCache } from "./cache.ts";
import type { ParsedText, SourceComment, SyntaxNode } from "./syntax.ts";

const files = fileCache<ParsedText>(64, parseText);

/**
 * The tree of a file, or of the `content` that a source map carries in its place: that is what was compiled, while the
 * file may have changed since. Undefined when neither can be had or the text does not parse: never throws. Remembered
 * until the file's time or size changes.
 */
export function parseFile(file: string, content?: string): ParsedText | undefined {
  return content === undefined ? files.ofFile(file) : files.ofText(file, content);
}

const parsers: Partial<Record<"plain" | "jsx", typeof Parser>> = {};

function parserFor(file: string): typeof Parser {
  const { Parser } = loadAcorn();
  const { tsPlugin } = loadAcornTypeScript();
  if (!/\.[cm]?[jt]sx$/.test(file)) return (parsers.plain ??= Parser.extend(tsPlugin()));
  return (parsers.jsx ??= Parser.extend(tsPlugin({ jsx: true })));
}

/**
 * The tree of a text; `file` tells by its ending whether it may hold JSX. Throws acorn's SyntaxError where it does not
 * parse.
 */
export function parseText(text: string, file: string): ParsedText {
  const comments: Comment[] = [];
  const program = parserFor(file).parse(text, {
    ecmaVersion: "latest",
    sourceType: "module",
    locations: true,
    allowHashBang: true,
    allowReturnOutsideFunction: true,
    checkPrivateFields: false,
    onComment: comments,
  });
  return { text, program: program as unknown as SyntaxNode, comments: inOrder(comments) };
}

/** The parser reads some passages twice (it tries an arrow function first) and then reports their comments twice. */
function inOrder(comments: readonly Comment[]): SourceComment[] {
  const byStart = new Map<number, SourceComment>();
  for (const { type, value, start, end } of comments) {
    byStart.set(start, { block: type === "Block", text: value, start, end });
  }
  return [...byStart.values()].sort((a, b) => a.start - b.start);
}
