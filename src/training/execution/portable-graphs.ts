/**
 * The graphs of a rollout as data. Graphs of one episode share nodes, so all of them are one table of nodes; parameters
 * are known by their place among those of the program, which both sides have.
 */

import { figuresOf } from "../../graph/figures.ts";
import { type Graph, type ParameterReader, WorkflowGraph } from "../../graph/graph.ts";
import { ExceptionNode, Node, newestId } from "../../nodes/node.ts";
import { type CallFigures, inputNameOf, type Operation } from "../../nodes/operation.ts";
import { Parameter } from "../../nodes/parameter.ts";
import { withParents } from "../../nodes/parents.ts";
import { decode, encode, type Json } from "../../util/encode.ts";
import { TracegradError } from "../../util/errors.ts";
import { fromPortable, type PortableError, toPortable } from "./portable-error.ts";

/** Graphs as JSON. */
export interface PortableGraphs {
  readonly operations: readonly Operation[];
  /** In the order in which they were made. */
  readonly nodes: readonly PortableNode[];
  readonly graphs: readonly PortableGraph[];
}

interface PortableGraph {
  /** Indexes of nodes. `since` is that of the first node that the run itself made. */
  readonly output: number;
  readonly since: number;
}

/** A node by the indexes of its operation and its parents, or a parameter by its place in the program. */
type PortableNode =
  | { readonly parameter: number }
  | {
      readonly operation: number;
      readonly parents: readonly number[];
      readonly hidden?: readonly string[];
      readonly async?: true;
      readonly figures?: CallFigures;
      readonly value: Json;
      readonly error?: PortableError;
    };

/** The parameters of a program, in the order in which they were made. */
export type ProgramParameters = readonly Parameter[];

/**
 * Traced graphs as JSON.
 * @throws TracegradError `not-portable` for a parameter that is not one of the program.
 */
export function toPortableGraphs(graphs: readonly Graph[], parameters: ProgramParameters): PortableGraphs {
  const nodes = nodesOf(graphs);
  const index = new Map(nodes.map((node, at) => [node, at]));
  const operations = new Map<Operation, number>();
  const numberOf = (operation: Operation): number => {
    const known = operations.get(operation) ?? operations.size;
    operations.set(operation, known);
    return known;
  };
  const written = nodes.map((node) =>
    node instanceof Parameter
      ? { parameter: placeOf(node as Parameter, parameters) }
      : portableNode(node, numberOf(node.operation), (parent) => index.get(parent) as number),
  );
  return {
    operations: [...operations.keys()].map(plainOperation),
    nodes: written,
    graphs: graphs.map(({ output, parts }) => {
      const since = parts[0]?.since ?? 0;
      return { output: index.get(output) as number, since: nodes.filter(({ id }) => id < since).length };
    }),
  };
}

/** All that the graphs depend on, in the order in which it was made. */
function nodesOf(graphs: readonly Graph[]): readonly Node[] {
  const nodes = new Set<Node>(graphs.map(({ output }) => output));
  // What is added while the set is walked is walked too.
  for (const node of nodes) for (const parent of node.parents) nodes.add(parent);
  return [...nodes].sort((a, b) => a.id - b.id);
}

function placeOf(parameter: Parameter, parameters: ProgramParameters): number {
  const place = parameters.indexOf(parameter);
  if (place >= 0) return place;
  const fix = "Make it outside of the function that runs, so that each process has it.";
  throw new TracegradError(
    "not-portable",
    `The parameter "${parameter.name}" was made while the program ran, so a run in another process cannot know it. ${fix}`,
  );
}

function portableNode(node: Node, operation: number, indexOf: (parent: Node) => number): PortableNode {
  const { parents, details } = node;
  const figures = figuresOf(node);
  const visible = parents.length - (details?.hidden.length ?? 0);
  const hidden = parents.slice(visible).map((_, at) => inputNameOf(node, visible + at));
  return {
    operation,
    parents: parents.map(indexOf),
    ...(hidden.length === 0 ? {} : { hidden }),
    ...(details?.async === undefined ? {} : { async: true }),
    ...(figures === undefined ? {} : { figures }),
    value: encode(node.peek()),
    ...(node instanceof ExceptionNode ? { error: toPortable(node.error) } : {}),
  };
}

/** Its doc may be a getter. */
function plainOperation({ kind, name, inputs, rest, doc, base, async }: Operation): Operation {
  const optional = { ...(base === undefined ? {} : { base }), ...(async === undefined ? {} : { async }) };
  return { kind, name, inputs, rest, doc, ...optional };
}

/** The graphs again, over the program's own parameters, which are read by `reader`. */
export function fromPortableGraphs(
  { operations, nodes, graphs }: PortableGraphs,
  parameters: ProgramParameters,
  reader: ParameterReader,
): readonly WorkflowGraph[] {
  // JSON leaves out what is undefined.
  const known = operations.map((operation) => ({ ...operation, doc: operation.doc }));
  const read: Node[] = [];
  /** The id that each node has, or what is not older than it. */
  const ids: number[] = [];
  for (const item of nodes) {
    ids.push(newestId() + 1);
    read.push("parameter" in item ? (parameters[item.parameter] as Node) : nodeOf(item, known, read));
  }
  ids.push(newestId() + 1);
  return graphs.map(({ output, since }) => {
    const root = read[output] as Node;
    return new WorkflowGraph(root, [{ root, since: ids[since] as number }], [reader]);
  });
}

function nodeOf(
  {
    operation: at,
    parents: from,
    hidden = [],
    async,
    figures,
    value,
    error,
  }: Exclude<PortableNode, { readonly parameter: number }>,
  operations: readonly Operation[],
  read: readonly Node[],
): Node {
  const parents = from.map((index) => read[index] as Node);
  const operation = operations[at] as Operation;
  const hasDetails = hidden.length > 0 || async !== undefined || figures !== undefined;
  const details = hasDetails
    ? { inner: [], hidden, ...(async === undefined ? {} : { async }), ...(figures === undefined ? {} : { figures }) }
    : undefined;
  if (error === undefined) return Object.assign(withParents(new Node(operation, decode(value)), parents), { details });
  return withParents(new ExceptionNode(operation, fromPortable(error), [], details) as Node, parents);
}
