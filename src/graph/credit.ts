/**
 * From feedback on the output to signals for the parameters. Pure: nothing is left behind, so there is nothing to zero.
 */

import type { Parameter } from "../nodes/parameter.ts";
import { TracegradError } from "../util/errors.ts";
import { cutOff, cutOffText } from "./cut-off.ts";
import type { Feedback } from "./feedback.ts";
import type { FeedbackRecord } from "./feedback-record.ts";
import type { Graph } from "./graph.ts";
import type { Subgraph } from "./subgraph.ts";

/**
 * What a parameter gets: the feedback, and the part of the graph between it and the output. Shared, never copied.
 */
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

/**
 * Decides what is carried from the output to the parameters. `R` is a promise of a credit where that takes model calls.
 */
export interface Propagator<R extends Credit | Promise<Credit> = Credit> {
  readonly name: string;
  /** Carries feedback on the output of `graph` to its parameters. Changes nothing. */
  propagate(graph: Graph, feedback: FeedbackRecord): R;
}

/**
 * Carries feedback on the output of `graph` to its parameters, and gives their signals. Pure: the graph and the
 * parameters do not change, so it can run twice and in parallel. A batch takes an array with one feedback for each
 * member.
 * @throws FeedbackError for feedback of a wrong type.
 * @throws NoParameterError when the output depends on no trainable parameter.
 */
export function credit<R extends Credit | Promise<Credit> = Credit>(
  graph: Graph,
  feedback: Feedback | readonly Feedback[],
  propagator?: Propagator<R>,
): R {
  return graph.carry(graph.recordOf(feedback), propagator);
}

/** A graph has no parameter that feedback could reach. */
export class NoParameterError extends TracegradError {
  override readonly name: string = "NoParameterError";

  constructor(graph: Graph) {
    const older = cutOff(graph);
    const why =
      older === undefined
        ? "Make one with parameter(…) or bundle(fn, { trainable: true }), and see that its node reaches the output."
        : cutOffText(older);
    super(
      "no-parameter",
      `Nothing to learn: the output "${graph.nameOf(graph.output)}" depends on no trainable parameter. ${why} The ` +
        "graph:\n" +
        graph.show({ maxNodes: 12 }),
    );
  }
}
