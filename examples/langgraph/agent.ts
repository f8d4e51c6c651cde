/** What both agents have in common for their training. */

import type { Node, Nodeable, Parameter } from "tracegrad";

/** An agent that answers questions, and what of it may be rewritten. */
export interface LearningAgent {
  readonly answer: (question: Nodeable<string>) => Promise<Node<string>>;
  readonly learns: readonly Parameter[];
}
