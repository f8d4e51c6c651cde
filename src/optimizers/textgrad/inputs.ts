/** An input of an operation as a gradient question shows it: its names, type and value, and where it comes from. */

import { callOf } from "../../graph/call-text.ts";
import type { Graph } from "../../graph/graph.ts";
import type { Node } from "../../nodes/node.ts";
import { inputNameOf } from "../../nodes/operation.ts";
import { Parameter } from "../../nodes/parameter.ts";
import { cut } from "../../util/cut.ts";
import { preview } from "../../util/preview.ts";
import { typeName } from "../../util/type-name.ts";
import { type Images, namesIn } from "../prompt/images.ts";
import { isStructural, type JudgedInput } from "./plan.ts";

/** The most characters of a documentation. */
export const maxDocLength = 2_000;

/** How a prompt names an input: by the names under which it went in, and its own. */
export function labelOf(
  graph: Graph,
  node: Node,
  { places, node: parent }: Pick<JudgedInput, "places" | "node">,
): string {
  const inputs = places.map((place) => inputNameOf(node, place)).join(" and ");
  const own = graph.nameOf(parent);
  return inputs === own ? `\`${own}\`` : `\`${inputs}\` (\`${own}\`)`;
}

/** The operation whose inputs are listed, with the images among its values. */
export interface ImagedOperation {
  readonly graph: Graph;
  readonly node: Node;
  readonly images: Images;
}

/** How much is written of an input, in characters. */
export interface InputLimits {
  readonly value: number;
  /** Of its documentation, and of what made it; with 0 nothing says what made it. */
  readonly about: number;
}

/** One input, at all of its places. */
export function inputLine(
  { graph, node, images }: ImagedOperation,
  places: readonly number[],
  limits: InputLimits,
): string {
  const parent = graph.parentsOf(node)[places[0] as number] as Node;
  const value = graph.valueOf(parent);
  const text = graph.parentsOf(parent).length === 0 ? aboutOf(parent) : "";
  const doc = text === "" || limits.about === 0 ? "" : ` // ${cut(text, Math.min(limits.about, maxDocLength))}`;
  const type = parent instanceof Parameter ? kindOf(parent) : typeName(value);
  const label = labelOf(graph, node, { places, node: parent });
  return `${label}, ${type} = ${preview(value, limits.value, namesIn(images))}${doc}`;
}

function kindOf({ trainable, kind }: Parameter): string {
  return `${trainable ? "" : "fixed "}${kind} parameter`;
}

/** What a value that comes from outside is for. */
function aboutOf(root: Node): string {
  const constraint = root instanceof Parameter && root.constraint !== undefined ? `Constraint: ${root.constraint}` : "";
  const parts = [root.doc ?? "", constraint].filter((part) => part !== "");
  return parts.join(" ").replace(/\s+/g, " ");
}

const [maxParts, maxPartLength] = [12, 300];

/**
 * What an input was made by, or put together from: feedback on it goes to each of these, so it has to tell them apart.
 * Nothing for one that comes from outside.
 */
export function originLine(graph: Graph, input: Node, { about }: InputLimits): readonly string[] {
  if (graph.parentsOf(input).length === 0 || about === 0) return [];
  if (!isStructural(input)) {
    return [`   Made by: ${callOf(graph, input, { maxInputs: Math.min(about, maxDocLength) })}`];
  }
  const parts = [...partsOf(graph, input)];
  const left = parts.length - maxParts;
  const visible = parts.slice(0, maxParts).map((part) => partText(graph, part));
  const text = [...visible, ...(left > 0 ? [`${left} more`] : [])].join("; ");
  return [`   Put together from: ${cut(text, about)}`];
}

/** The values that structural operators put together to `node`, without literals of the program. */
function partsOf(graph: Graph, node: Node, seen: Set<Node> = new Set()): ReadonlySet<Node> {
  const open = [node];
  const parts = new Set<Node>();
  for (const next of open) {
    for (const parent of graph.parentsOf(next)) {
      if (seen.has(parent)) continue;
      seen.add(parent);
      if (graph.parentsOf(parent).length > 0 && isStructural(parent)) open.push(parent);
      else parts.add(parent);
    }
  }
  return parts;
}

function partText(graph: Graph, part: Node): string {
  const name = `\`${graph.nameOf(part)}\``;
  if (part instanceof Parameter) {
    const about = cut(aboutOf(part), maxPartLength);
    return `the ${kindOf(part)} ${name}${about === "" ? "" : ` (${about})`}`;
  }
  return graph.parentsOf(part).length === 0 ? `the input ${name}` : callOf(graph, part, { maxInputs: maxPartLength });
}
