/** Parses the text that the engine keeps of a function. */
import type { Options } from "acorn";
import { loadAcorn } from "../../util/packages.ts";
import { isClassText, isNativeText, textOf } from "./own-text.ts";
import type { SourceComment, SyntaxNode } from "./syntax.ts";

/** A function's text and where in `text` its node is: a method had to be put into a class to be parsed. */
export interface RuntimeSyntax {
  readonly text: string;
  readonly node: SyntaxNode;
  /** The member that holds the function, for a method. */
  readonly member: SyntaxNode | undefined;
  readonly comments: readonly SourceComment[];
}

/**
 * The whole syntax of a function's text; undefined for what is not a readable function (native, a class, an accessor).
 */
export function syntaxOf(fn: Function): RuntimeSyntax | undefined {
  const text = textOf(fn);
  if (isClassText(text) || isNativeText(text)) return undefined;
  return functionSyntax(text) ?? methodSyntax(`${CLASS_OPEN}${text}})`);
}

const CLASS_OPEN = "(class{";

// Lenient, as the text has run already: it may stem from a script or a module, and refer to what surrounded it.
const OPTIONS: Options = {
  ecmaVersion: "latest",
  sourceType: "script",
  allowSuperOutsideMethod: true,
  allowImportExportEverywhere: true,
  checkPrivateFields: false,
};

function functionSyntax(text: string): RuntimeSyntax | undefined {
  const comments: SourceComment[] = [];
  const node = parseExpression(text, comments);
  const isWhole = node !== undefined && node.end === text.length && /Function/.test(node.type);
  return isWhole ? { text, node, member: undefined, comments } : undefined;
}

function methodSyntax(text: string): RuntimeSyntax | undefined {
  const comments: SourceComment[] = [];
  const body = parseExpression(text, comments)?.body as SyntaxNode | undefined;
  const member = (body?.body as readonly SyntaxNode[] | undefined)?.[0];
  if (member?.type !== "MethodDefinition" || member.kind === "get" || member.kind === "set") return undefined;
  return { text, node: member.value as SyntaxNode, member, comments };
}

function parseExpression(text: string, comments: SourceComment[]): SyntaxNode | undefined {
  const onComment = (block: boolean, value: string, start: number, end: number): void => {
    comments.push({ block, text: value, start, end });
  };
  try {
    return loadAcorn().Parser.parseExpressionAt(text, 0, { ...OPTIONS, onComment }) as unknown as SyntaxNode;
  } catch {
    return undefined;
  }
}
