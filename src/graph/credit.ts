/** From feedback on the output to signals for the parameters. Pure: nothing is left behind, so there is nothing to zero. */

import type { Node } from "../nodes/node.ts";
import { Parameter } from "../nodes/parameter.ts";
import { TracegradError } from "../util/errors.ts";
import type { FeedbackRecord } from "./feedback.ts";
import type { Graph } from "./graph.ts";
import type { Subgraph } from "./subgraph.ts";

/** What a parameter is told: the feedback, and the part of the graph between it and the output. Shared, never copied. */
export interface Signal {
  readonly parameter: Parameter;
  /** The version of the value that ran. An update made for it is refused once a newer one is live. */
  readonly version: number;
  readonly value: unknown;
  readonly feedback: FeedbackRecord;
  /** The minimal subgraph, the same for all parameters of a graph; undefined when only the feedback is carried. */
  readonly subgraph: Subgraph | undefined;
}

/** The signals of one graph and one feedback. */
export interface Credit {
  readonly feedback: FeedbackRecord;
  /** Signals by parameter: all trainable parameters that the output depends on. */
  readonly signals: ReadonlyMap<Parameter, Signal>;
}

/** Decides what is carried from the output to the parameters. `R` is a promise of a credit where that takes model calls. */
export interface Propagator<R extends Credit | Promise<Credit> = Credit> {
  readonly name: string;
  /** Carries feedback on the output of `graph` to its parameters. Changes nothing. */
  propagate(graph: Graph, feedback: FeedbackRecord): R;
}

/** A graph has no parameter that feedback could reach. */
export class NoParameterError extends TracegradError {
  override readonly name: string = "NoParameterError";

  constructor(graph: Graph) {
    const older = cutOff(graph);
    const why =
      older === undefined
        ? "Make one with parameter(…) or bundle(fn, { trainable: true }), and see that its node reaches the output."
        : `"${older.node.name}" depends on the parameter "${older.parameter.name}", but was made before the trace, which takes it for an ` +
          "input. Make it inside of the function that is traced, or use graphOf(output), which looks behind it.";
    super(
      "no-parameter",
      `Nothing to learn: the output "${graph.nameOf(graph.output)}" depends on no trainable parameter. ${why} The graph:\n` +
        graph.show({ maxNodes: 12 }),
    );
  }
}

interface CutOff {
  readonly node: Node;
  readonly parameter: Parameter;
}

/** A node of the graph whose own history was left out, with a trainable parameter in that history. */
function cutOff(graph: Graph): CutOff | undefined {
  const seen = new Set<Node>();
  for (const node of graph.nodes) {
    if (graph.parentsOf(node).length === node.parents.length) continue;
    const stack = [...node.parents];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      if (next instanceof Parameter && next.trainable) return { node, parameter: next };
      if (seen.has(next)) continue;
      seen.add(next);
      stack.push(...next.parents);
    }
  }
  return undefined;
}
