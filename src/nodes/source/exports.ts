/** Takes `export` off a source text: whoever writes one for a module writes it, and a definition means the same without. */

import { parseText } from "./parse.ts";
import type { SyntaxNode } from "./syntax.ts";

/**
 * `source` without `export` and `export default` before its definitions, and without statements that only export what
 * the text defines. As it is when it does not parse, and where taking `export` off would change more.
 */
export function withoutExports(source: string): string {
  if (!/\bexport\b/.test(source)) return source;
  let text = source;
  // From the end, so that the positions before stay right.
  for (const statement of [...statementsOf(source)].reverse()) {
    const end = endOfExport(statement);
    if (end !== undefined) text = text.slice(0, statement.start) + text.slice(end);
  }
  return text;
}

function statementsOf(source: string): readonly SyntaxNode[] {
  try {
    return parseText(source, "answer.ts").program.body as readonly SyntaxNode[];
  } catch {
    return [];
  }
}

/** The offset up to which a statement only exports; undefined when it does something else. */
function endOfExport({ type, declaration, source, end }: SyntaxNode): number | undefined {
  if (type === "ExportNamedDeclaration" && !source) return declaration?.start ?? end;
  if (type !== "ExportDefaultDeclaration" || !declaration) return undefined;
  if (declaration.type === "Identifier") return end;
  return declaration.id ? declaration.start : undefined;
}
