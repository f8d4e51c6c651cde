/** Learning graphs as images: Graphviz lays out their DOT, where it is installed. */

import type { Viz } from "@viz-js/viz";
import { loadViz } from "../util/packages.ts";

/** Draws DOT as the URL of an SVG image; undefined where it cannot be drawn. */
export type Draw = (dot: string) => Promise<string | undefined>;

/** Larger graphs take too long to lay out, and nobody could read them. */
const maxDot = 300_000;

/**
 * A function that draws, and remembers its drawings. Without the optional package `@viz-js/viz` it draws nothing. A
 * picture in an image element runs no script and fetches nothing, whatever is in it.
 */
export function createDrawer(): Draw {
  const pictures = new Map<string, string | undefined>();
  let viz: Promise<Viz | undefined> | undefined;
  return async (dot) => {
    if (dot === "" || dot.length > maxDot) return undefined;
    if (pictures.has(dot)) return pictures.get(dot);
    const layout = await (viz ??= load());
    if (layout === undefined) return undefined;
    const picture = pictureOf(layout, dot);
    pictures.set(dot, picture);
    return picture;
  };
}

function pictureOf(viz: Viz, dot: string): string | undefined {
  try {
    const svg = viz.renderString(dot, { format: "svg" });
    return `data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}`;
  } catch {
    // The page has the DOT text instead.
    return undefined;
  }
}

async function load(): Promise<Viz | undefined> {
  try {
    const { instance } = await loadViz();
    return await instance();
  } catch {
    return undefined;
  }
}
