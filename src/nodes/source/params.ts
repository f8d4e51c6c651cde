/** Reads what a function takes off its syntax tree: the name, form and literal default of each parameter. */
import { sameName } from "../../util/names.ts";
import { isNode, type SyntaxNode, unwrap } from "./syntax.ts";

/** One parameter of a function. */
export interface ParamInfo {
  /** Its name; a destructured parameter has none and is called `arg0`, `arg1`, … by its place. */
  readonly name: string;
  /** True for `...name`. */
  readonly rest: boolean;
  /** True when a caller may leave it out: it is declared `name?` or has a default. */
  readonly optional: boolean;
  /** How it is destructured: `{…}`, `[…]`, or not at all. */
  readonly pattern: "{}" | "[]" | undefined;
  readonly hasDefault: boolean;
  /** The default, only where it is a literal: it can then be known without running code. */
  readonly default?: { readonly value: unknown };
}

/** The parameters of a function's node; TypeScript's `this` parameter is none. */
export function readParams(nodes: readonly SyntaxNode[]): ParamInfo[] {
  const real = nodes.filter((node) => !isThis(node));
  const params: ParamInfo[] = [];
  const declared = new Set(real.map(declaredName));
  for (const [index, node] of real.entries()) params.push(readParam(node, freeName(index, declared)));
  return params;
}

/** Parameters for a function whose text cannot be read: `arg0`, `arg1`, … */
export function numberedParams(count: number): ParamInfo[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `arg${index}`,
    rest: false,
    optional: false,
    pattern: undefined,
    hasDefault: false,
  }));
}

/** True for TypeScript's `this` parameter, which only tells the type. */
export function isThis(node: SyntaxNode): boolean {
  return node.type === "Identifier" && node.name === "this";
}

/**
 * True when the parameters in a source file can be those of a running function. Only the source knows of `name?`, so
 * that is not compared.
 */
export function sameParams(
  source: readonly ParamInfo[],
  running: readonly ParamInfo[],
  isName: (source: string, running: string) => boolean = sameName,
): boolean {
  if (source.length !== running.length) return false;
  return source.every((a, index) => {
    const b = running[index];
    if (b === undefined) return false;
    const isNamed = a.pattern !== undefined || isName(a.name, b.name);
    return isNamed && a.rest === b.rest && a.pattern === b.pattern && a.hasDefault === b.hasDefault;
  });
}

function readParam(node: SyntaxNode, placeName: string): ParamInfo {
  const outer = node.type === "TSParameterProperty" && node.parameter !== undefined ? node.parameter : node;
  const hasDefault = outer.type === "AssignmentPattern";
  const target = targetOf(node);
  const literal = hasDefault && outer.right !== undefined ? literalOf(outer.right) : undefined;
  return {
    name: target.type === "Identifier" && target.name !== undefined ? target.name : placeName,
    rest: outer.type === "RestElement",
    optional: hasDefault || target.optional === true,
    pattern: target.type === "ObjectPattern" ? "{}" : target.type === "ArrayPattern" ? "[]" : undefined,
    hasDefault,
    ...(literal === undefined ? {} : { default: literal }),
  };
}

/** What a parameter binds: the identifier or pattern without default and dots. */
function targetOf(node: SyntaxNode): SyntaxNode {
  let target = node;
  for (;;) {
    const inner: SyntaxNode | undefined =
      target.type === "TSParameterProperty"
        ? target.parameter
        : target.type === "AssignmentPattern"
          ? target.left
          : target.type === "RestElement"
            ? target.argument
            : undefined;
    if (inner === undefined) return target;
    target = inner;
  }
}

function declaredName(node: SyntaxNode): string | undefined {
  const target = targetOf(node);
  return target.type === "Identifier" ? target.name : undefined;
}

/** `arg0` by its place, or the next name that is not taken. */
export function freeName(index: number, taken: ReadonlySet<string | undefined>): string {
  let name = `arg${index}`;
  while (taken.has(name)) name += "_";
  return name;
}

/** The value of a literal expression, boxed because the value may be undefined; undefined when it is not a literal. */
function literalOf(expression: SyntaxNode): { readonly value: unknown } | undefined {
  const node = unwrap(expression);
  switch (node.type) {
    case "Literal":
      // Regular expressions and bigints have no JSON form, and "literal" here means JSON-like.
      return typeof node.value === "object" && node.value !== null ? undefined : plainLiteral(node.value);
    case "Identifier":
      return node.name === "undefined" ? { value: undefined } : undefined;
    case "TemplateLiteral":
      return templateValue(node);
    case "UnaryExpression":
      return signedNumber(node);
    case "ArrayExpression":
      return arrayValue(node.elements ?? []);
    case "ObjectExpression":
      return objectValue(node.properties ?? []);
    default:
      return undefined;
  }
}

function plainLiteral(value: unknown): { readonly value: unknown } | undefined {
  return typeof value === "bigint" ? undefined : { value };
}

function templateValue(node: SyntaxNode): { readonly value: unknown } | undefined {
  const cooked = (node.quasis?.[0]?.value as { cooked?: unknown } | undefined)?.cooked;
  return node.expressions?.length === 0 && typeof cooked === "string" ? { value: cooked } : undefined;
}

function signedNumber(node: SyntaxNode): { readonly value: unknown } | undefined {
  const inner = node.argument === undefined ? undefined : literalOf(node.argument);
  if (typeof inner?.value !== "number" || (node.operator !== "-" && node.operator !== "+")) return undefined;
  return { value: node.operator === "-" ? -inner.value : inner.value };
}

function arrayValue(elements: readonly (SyntaxNode | null)[]): { readonly value: unknown } | undefined {
  const values: unknown[] = [];
  for (const element of elements) {
    const literal = element === null ? undefined : literalOf(element);
    if (literal === undefined) return undefined;
    values.push(literal.value);
  }
  return { value: values };
}

function objectValue(properties: readonly SyntaxNode[]): { readonly value: unknown } | undefined {
  const entries: [string, unknown][] = [];
  for (const property of properties) {
    const key = property.key?.type === "Literal" ? String(property.key.value) : property.key?.name;
    const plain = property.type === "Property" && property.kind === "init" && property.computed !== true;
    const literal = plain && isNode(property.value) ? literalOf(property.value) : undefined;
    // `__proto__: x` sets the prototype instead of a property.
    if (literal === undefined || key === undefined || key === "__proto__") return undefined;
    entries.push([key, literal.value]);
  }
  return { value: Object.fromEntries(entries) };
}
