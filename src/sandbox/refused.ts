/**
 * The built-ins that a program may not use, because engines and versions of Node do not agree on what they give; each
 * with what to use instead. The page docs/sandbox.md lists the differences that are left.
 */
import type { AnyNode } from "acorn";
import { unwrapParentheses } from "./tree.ts";

const locale = "it depends on the locale data of the machine";
const newer = "not every engine and version of Node has it";
const sets = `${newer}; use loops, \`filter\` and \`has\` instead`;

/** Properties that are refused on any object. */
const properties: Readonly<Record<string, string>> = {
  toLocaleString: `${locale}; format by hand, such as with \`toFixed\`, or pass a host function in the \`scope\``,
  toLocaleDateString: `${locale}; use \`toISOString().slice(0, 10)\` instead`,
  toLocaleTimeString: `${locale}; use \`toISOString().slice(11, 19)\` instead`,
  toLocaleUpperCase: `${locale}; use \`toUpperCase\` instead`,
  toLocaleLowerCase: `${locale}; use \`toLowerCase\` instead`,
  localeCompare: `${locale}; compare with \`<\` and \`>\` instead: \`a < b ? -1 : a > b ? 1 : 0\``,
  isSubsetOf: sets,
  isSupersetOf: sets,
  isDisjointFrom: sets,
  symmetricDifference: sets,
  getOrInsert: `${newer}; use \`has\`, \`get\` and \`set\` instead`,
  getOrInsertComputed: `${newer}; use \`has\`, \`get\` and \`set\` instead`,
  transferToFixedLength: `${newer}; use \`slice\` instead`,
  getFloat16: `${newer}; use \`getFloat32\` instead`,
  setFloat16: `${newer}; use \`setFloat32\` instead`,
};

/** Properties of one global, as `Owner.name`. */
const members: Readonly<Record<string, string>> = {
  "Object.groupBy": `${newer}; group with a loop instead`,
  "Map.groupBy": `${newer}; group with a loop instead`,
  "Set.groupBy": `${newer}; group with a loop instead`,
  "Array.fromAsync": `${newer}; use \`for await\` instead`,
  "Promise.withResolvers": `${newer}; use \`new Promise\` instead`,
  "Promise.try": `${newer}; use an async function instead`,
  "RegExp.escape": `${newer}; use \`replace(/[.*+?^${"$"}{}()|[\\]\\\\]/g, "\\\\$&")\` instead`,
  "Math.sumPrecise": `${newer}; add with a loop instead`,
  "Math.f16round": `${newer}; use \`Math.fround\` instead`,
  "Error.isError": `${newer}; use \`instanceof Error\` instead`,
  "Error.captureStackTrace": "only V8 has it; throw the error as it is",
  "Error.stackTraceLimit": "only V8 has it",
  "JSON.rawJSON": `${newer}; use \`JSON.stringify\` instead`,
  "JSON.isRawJSON": newer,
  "Symbol.dispose": newer,
  "Symbol.asyncDispose": newer,
};
const lastMatch = "it is not in every engine; use what `exec` or `match` returns instead";
const lastMatches = /^(?:\$[1-9&_+`']|input|lastMatch|lastParen|leftContext|rightContext)$/;

/** Globals, with what to use instead; other unknown names are refused as not defined. */
export const refusedGlobals: Readonly<Record<string, string>> = {
  Intl: `${locale}; format by hand, or pass a host function in the \`scope\``,
  Iterator: `${newer}; use generators and arrays instead`,
  Float16Array: `${newer}; use \`Float32Array\` instead`,
  InternalError: "only QuickJS has it; use `RangeError` instead",
};

/** Why a node may not stand in a program, if it uses a property that is refused. */
export function refusedUse(node: AnyNode): string | undefined {
  if (node.type === "MemberExpression") {
    const name = keyOf(node.property, node.computed);
    const owner = unwrapParentheses(node.object);
    return name === undefined ? undefined : refusalOf(name, owner.type === "Identifier" ? owner.name : undefined);
  }
  // `const { localeCompare } = text` reads the property as well.
  if (node.type !== "ObjectPattern") return undefined;
  for (const item of node.properties) {
    const name = item.type === "Property" ? keyOf(item.key, item.computed) : undefined;
    const problem = name === undefined ? undefined : refusalOf(name, undefined);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function refusalOf(name: string, owner: string | undefined): string | undefined {
  const refused = (text: string, why: string): string => `\`${text}\` is not allowed: ${why}`;
  if (Object.hasOwn(properties, name)) return refused(name, properties[name] as string);
  if (owner === undefined) return undefined;
  if (owner === "globalThis" && Object.hasOwn(refusedGlobals, name))
    return refused(name, refusedGlobals[name] as string);
  const member = `${owner}.${name}`;
  if (Object.hasOwn(members, member)) return refused(member, members[member] as string);
  return owner === "RegExp" && lastMatches.test(name) ? refused(member, lastMatch) : undefined;
}

/** The name of a property, where it is plain to see. */
function keyOf(key: AnyNode, computed: boolean): string | undefined {
  if (!computed && key.type === "Identifier") return key.name;
  const plain = unwrapParentheses(key);
  if (plain.type === "Literal") return String(plain.value);
  return plain.type === "TemplateLiteral" && plain.quasis.length === 1
    ? (plain.quasis[0]?.value.cooked ?? undefined)
    : undefined;
}
