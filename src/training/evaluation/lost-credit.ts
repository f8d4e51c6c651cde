/** Warnings about nodes at which credit is lost. */

import { cutOffText, cutsOf } from "../../graph/cut-off.ts";
import type { Graph } from "../../graph/graph.ts";

/** What people should know about the credit in some graphs, in sentences. */
export function lostCredit(graphs: readonly Graph[]): readonly string[] {
  return graphs.flatMap(cutsOf).map((cut) => `Credit is lost: ${cutOffText(cut)}`);
}
