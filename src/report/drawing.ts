/** Learning graphs as images: DOT laid out by Graphviz where it is installed, as the URL of a picture. */

import type { Viz } from "@viz-js/viz";

/** Draws DOT as the URL of an SVG image; undefined where it cannot be drawn. */
export type Draw = (dot: string) => Promise<string | undefined>;

/** Larger graphs take too long to lay out, and nobody could read them. */
const longestDot = 300_000;

/**
 * A drawer that remembers its drawings. Without the optional package `@viz-js/viz` it draws nothing. A picture in an
 * image element runs no script and fetches nothing, whatever is in it.
 */
export function drawer(): Draw {
  const drawn = new Map<string, string | undefined>();
  let viz: Promise<Viz | undefined> | undefined;
  return async (dot) => {
    if (dot === "" || dot.length > longestDot) return undefined;
    if (drawn.has(dot)) return drawn.get(dot);
    const layout = await (viz ??= load());
    if (layout === undefined) return undefined;
    const picture = pictureOf(layout, dot);
    drawn.set(dot, picture);
    return picture;
  };
}

function pictureOf(viz: Viz, dot: string): string | undefined {
  try {
    const svg = viz.renderString(dot, { format: "svg" });
    return `data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}`;
  } catch {
    // The DOT text is shown in its place.
    return undefined;
  }
}

async function load(): Promise<Viz | undefined> {
  try {
    const { instance } = await import("@viz-js/viz");
    return await instance();
  } catch {
    return undefined;
  }
}
