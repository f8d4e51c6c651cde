/**
 * Says whether a value fits a type as it is written, as far as that can be decided. What cannot be decided fits: a value that
 * TypeScript accepts is never refused.
 */
import { shorten } from "../../util/cut.ts";
import type { NamedType, TypeFile } from "./declarations.ts";
import { isNode, type SyntaxNode } from "./syntax.ts";

/** Where a value does not fit its type. */
export interface TypeMismatch {
  /** Such as `.items[2].team`; empty for the value itself. */
  readonly path: string;
  /** The type at that place, as it is written. */
  readonly type: string;
  readonly value: unknown;
}

/** A type where it stands. */
export interface WrittenType {
  readonly node: SyntaxNode;
  readonly file: TypeFile;
  /** What the type parameters in it stand for. */
  readonly given?: ReadonlyMap<string, WrittenType | undefined>;
}

/** The fields that nodes of types have beside those of other nodes. */
interface TypeNode extends SyntaxNode {
  readonly typeAnnotation?: TypeNode;
  readonly types?: readonly TypeNode[];
  readonly elementType?: TypeNode;
  readonly elementTypes?: readonly TypeNode[];
  readonly members?: readonly TypeNode[];
  readonly literal?: SyntaxNode;
  readonly typeName?: SyntaxNode;
  readonly typeArguments?: TypeNode;
  readonly extends?: readonly TypeNode[];
  readonly parameters?: readonly TypeNode[];
  readonly asserts?: boolean;
}

interface Place extends WrittenType {
  readonly path: string;
  /** How many values may still be looked at, so that a large one takes no time. */
  readonly budget: { values: number };
  readonly depth: number;
}

const limits = { values: 10_000, depth: 60 };

/** Where `value` does not fit `type`; undefined when it fits or that cannot be decided. */
export function mismatchOf(type: WrittenType, value: unknown): TypeMismatch | undefined {
  return check({ ...type, path: "", budget: { values: limits.values }, depth: 0 }, value);
}

/** The type inside of `Promise<…>`, for the result of an async function; undefined for another type. */
export function awaitedType({ node, ...rest }: WrittenType): WrittenType | undefined {
  const { typeName, typeArguments } = annotation(node);
  const [inner] = typeArguments?.params ?? [];
  return typeName?.name === "Promise" && inner !== undefined ? { node: inner, ...rest } : undefined;
}

function check(place: Place, value: unknown): TypeMismatch | undefined {
  const node = annotation(place.node);
  if (place.budget.values-- <= 0 || place.depth > limits.depth) return undefined;
  const at: Place = { ...place, node, depth: place.depth + 1 };
  const primitive = primitives[node.type];
  if (primitive !== undefined) return primitive(value) ? undefined : mismatch(at, value);
  const inside = kinds[node.type];
  return inside?.(at, node, value);
}

const primitives: Readonly<Record<string, (value: unknown) => boolean>> = {
  TSStringKeyword: (value) => typeof value === "string",
  TSNumberKeyword: (value) => typeof value === "number",
  TSBooleanKeyword: (value) => typeof value === "boolean",
  TSBigIntKeyword: (value) => typeof value === "bigint",
  TSNullKeyword: (value) => value === null,
  TSUndefinedKeyword: (value) => value === undefined,
  TSObjectKeyword: (value) => (typeof value === "object" && value !== null) || typeof value === "function",
};

const kinds: Readonly<Record<string, (at: Place, node: TypeNode, value: unknown) => TypeMismatch | undefined>> = {
  // A function that asserts something gives nothing.
  TSTypePredicate: (at, { asserts }, value) =>
    asserts === true || typeof value === "boolean" ? undefined : mismatch(at, value),
  TSLiteralType: (at, { literal }, value) => (isLiteral(literal, value) ? undefined : mismatch(at, value)),
  TSParenthesizedType: (at, { typeAnnotation }, value) => checkAs(at, typeAnnotation, value),
  TSTypeOperator: (at, { operator, typeAnnotation }, value) =>
    operator === "readonly" ? checkAs(at, typeAnnotation, value) : undefined,
  TSUnionType: checkUnion,
  TSIntersectionType: (at, { types = [] }, value) => first(types, (type) => checkAs(at, type, value)),
  TSArrayType: (at, { elementType }, value) => checkArray(at, elementType, value),
  TSTupleType: checkTuple,
  TSTypeLiteral: (at, { members = [] }, value) => checkMembers(at, members, value),
  TSInterfaceDeclaration: checkInterface,
  TSTypeAliasDeclaration: (at, { typeAnnotation }, value) => checkAs(at, typeAnnotation, value),
  TSTypeReference: (at, { typeName, typeArguments }, value) =>
    checkNamed(at, typeName, typeArguments?.params ?? [], value),
};

function annotation(node: TypeNode): TypeNode {
  return node.type === "TSTypeAnnotation" && node.typeAnnotation !== undefined ? node.typeAnnotation : node;
}

function checkAs(at: Place, node: SyntaxNode | undefined, value: unknown): TypeMismatch | undefined {
  return node === undefined ? undefined : check({ ...at, node }, value);
}

function first<T>(items: readonly T[], find: (item: T, index: number) => TypeMismatch | undefined) {
  for (const [index, item] of items.entries()) {
    const found = find(item, index);
    if (found !== undefined) return found;
  }
  return undefined;
}

function mismatch({ path, node, file }: Place, value: unknown): TypeMismatch {
  const written = file.parsed.text.slice(node.start, node.end).replace(/\s+/g, " ");
  return { path, type: node.id?.name ?? shorten(written, 200), value };
}

/** Of several misses inside of an object, the one that is the deepest says the most. */
function checkUnion(at: Place, { types = [] }: TypeNode, value: unknown): TypeMismatch | undefined {
  const misses = types.map((type) => checkAs(at, type, value));
  if (misses.includes(undefined)) return undefined;
  const deep = misses.filter((miss) => miss !== undefined && miss.path.length > at.path.length);
  return deep.length === 1 ? deep[0] : mismatch(at, value);
}

function checkArray(at: Place, element: SyntaxNode | undefined, value: unknown): TypeMismatch | undefined {
  if (!Array.isArray(value)) return mismatch(at, value);
  return first(value as unknown[], (item, index) => checkAs({ ...at, path: `${at.path}[${index}]` }, element, item));
}

function checkTuple(at: Place, { elementTypes = [] }: TypeNode, value: unknown): TypeMismatch | undefined {
  if (!Array.isArray(value)) return mismatch(at, value);
  const isRest = elementTypes.some(({ type }) => type === "TSRestType");
  const required = elementTypes.filter(({ type, optional }) => !/^TS(Rest|Optional)Type$/.test(type) && !optional);
  if (!isRest && (value.length > elementTypes.length || value.length < required.length)) return mismatch(at, value);
  const fixed = isRest
    ? elementTypes.slice(
        0,
        elementTypes.findIndex(({ type }) => type === "TSRestType"),
      )
    : elementTypes;
  return first(fixed, (element, index) => {
    const type = element.type === "TSNamedTupleMember" ? element.elementType : element;
    const inner = type?.type === "TSOptionalType" ? type.typeAnnotation : type;
    const isOptional = inner !== type || element.optional === true;
    const item = (value as unknown[])[index];
    if (isOptional && item === undefined) return undefined;
    return checkAs({ ...at, path: `${at.path}[${index}]` }, inner, item);
  });
}

function checkInterface(at: Place, node: TypeNode, value: unknown): TypeMismatch | undefined {
  const { body } = node.body as SyntaxNode;
  return (
    checkMembers(at, body as readonly TypeNode[], value) ??
    first(node.extends ?? [], ({ expression, typeParameters }) =>
      checkNamed(at, isNode(expression) ? expression : undefined, typeParameters?.params ?? [], value),
    )
  );
}

/** A text has members too, so what is no object is asked for its members as well. */
function checkMembers(at: Place, members: readonly TypeNode[], value: unknown): TypeMismatch | undefined {
  if (value === null || value === undefined) return mismatch(at, value);
  const missed = checkEachMember(at, members, value);
  return missed !== undefined && typeof value !== "object" ? mismatch(at, value) : missed;
}

function checkEachMember(at: Place, members: readonly TypeNode[], value: {}): TypeMismatch | undefined {
  return first(members, ({ type, key, computed, optional, typeAnnotation, parameters }) => {
    if (type === "TSIndexSignature") {
      const index = parameters?.[0]?.typeAnnotation?.typeAnnotation?.type;
      return index === "TSStringKeyword" ? checkValues(at, typeAnnotation, value) : undefined;
    }
    if (type !== "TSPropertySignature" || key === undefined || computed === true) return undefined;
    const name = String(key.name ?? key.value);
    const item = (value as Readonly<Record<string, unknown>>)[name];
    if (optional === true && item === undefined) return undefined;
    return checkAs({ ...at, path: `${at.path}.${name}` }, typeAnnotation, item);
  });
}

function checkValues(at: Place, node: SyntaxNode | undefined, value: unknown): TypeMismatch | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return first(Object.entries(value), ([key, item]) => checkAs({ ...at, path: `${at.path}.${key}` }, node, item));
}

function checkNamed(at: Place, named: SyntaxNode | undefined, args: readonly SyntaxNode[], value: unknown) {
  const name = named?.name;
  if (name === undefined) return undefined;
  if (at.given?.has(name) === true) {
    const given = at.given.get(name);
    return given && check({ ...at, ...given }, value);
  }
  const found = at.file.find(name);
  if (typeof found === "object") return first(found.nodes, (node) => check(inside(at, found, node, args), value));
  if (found !== undefined) return undefined;
  const [key, item] = args;
  if (name === "Array" || name === "ReadonlyArray") return checkArray(at, key, value);
  if (name === "Readonly") return checkAs(at, key, value);
  return name === "Record" ? checkRecord(at, key, item, value) : undefined;
}

/** A declaration, with what its type parameters stand for here. */
function inside(at: Place, { file }: NamedType, node: TypeNode, args: readonly SyntaxNode[]): Place {
  const names = (node.typeParameters?.params ?? []).map((param) => param.name ?? "");
  const given = names.map((name, index): [string, WrittenType | undefined] => {
    const arg = args[index];
    return [name, arg && { node: arg, file: at.file, ...(at.given && { given: at.given }) }];
  });
  return { ...at, node, file, given: new Map(given) };
}

function checkRecord(at: Place, key: SyntaxNode | undefined, item: SyntaxNode | undefined, value: unknown) {
  if (value === null || value === undefined) return mismatch(at, value);
  const literals = key?.type === "TSUnionType" ? ((key as TypeNode).types ?? []) : [key as TypeNode];
  const names = literals.map((type) => (type?.type === "TSLiteralType" ? type.literal?.value : undefined));
  if (names.every((name) => typeof name === "string")) {
    const record = value as Readonly<Record<string, unknown>>;
    return first(names, (name) => checkAs({ ...at, path: `${at.path}.${name}` }, item, record[name as string]));
  }
  return key?.type === "TSStringKeyword" ? checkValues(at, item, value) : undefined;
}

function isLiteral(literal: SyntaxNode | undefined, value: unknown): boolean {
  if (literal?.type === "Literal") return typeof literal.value === "object" || literal.value === value;
  if (literal?.type === "UnaryExpression" && isNode(literal.argument)) {
    const { value: number } = literal.argument;
    return typeof number !== "number" || -number === value;
  }
  // What a template spells out is left to TypeScript.
  return literal?.type !== "TemplateLiteral" || typeof value === "string";
}
