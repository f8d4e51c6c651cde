/** A graph as SVG, laid out by Graphviz in WebAssembly. */

import type { Viz } from "@viz-js/viz";
import { messageOf, TracegradError } from "../util/errors.ts";
import { loadViz } from "../util/packages.ts";
import { type DotOptions, toDot } from "./dot.ts";
import type { Graph } from "./graph.ts";

let shared: Promise<Viz> | undefined;

/**
 * The SVG of `graph`. Options as for `toDot`; its default of 200 nodes keeps the layout quick.
 * @throws TracegradError `missing-package` when `@viz-js/viz` is not installed, `layout-failed` when Graphviz gives up.
 */
export async function toSvg(graph: Graph, options?: DotOptions): Promise<string> {
  const dot = toDot(graph, options);
  const viz = await (shared ??= load());
  try {
    return viz.renderString(dot, { format: "svg" });
  } catch (error) {
    // A WebAssembly instance that ran out of memory is of no use any more.
    shared = undefined;
    throw new TracegradError(
      "layout-failed",
      `Graphviz could not lay the graph out: ${messageOf(error)}. Draw less of it, with a smaller maxNodes or a ` +
        "subgraph.",
      { cause: error },
    );
  }
}

async function load(): Promise<Viz> {
  try {
    const { instance } = await loadViz();
    return await instance();
  } catch (error) {
    // Asked for again after it was installed, it should be found.
    shared = undefined;
    if ((error as NodeJS.ErrnoException | undefined)?.code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new TracegradError(
      "missing-package",
      "Drawing SVG needs the optional package @viz-js/viz. Install it: npm install @viz-js/viz",
      { cause: error },
    );
  }
}
