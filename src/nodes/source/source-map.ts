/** Follows the source map of a compiled file back to the place in the text that a person wrote. */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { TraceMap } from "@jridgewell/trace-mapping";
import { loadTraceMapping } from "../../util/packages.ts";
import { fileCache } from "./cache.ts";
import { pathOf, type StackPosition } from "./frames.ts";

/** A place in a source file. */
export interface SourcePlace extends StackPosition {
  /** The file's text as the source map carries it: what was compiled. */
  readonly content?: string;
}

const maps = fileCache<TraceMap>(32, loadMap);

/**
 * The place in the source for a place in a stack trace. A TypeScript file, or a file without a source map, is its own
 * source. Undefined when the file has a map that knows nothing of the place: the code there was made by the compiler (a
 * helper).
 */
export function toSource(place: StackPosition): SourcePlace | undefined {
  if (/\.[cm]?tsx?$/.test(place.file)) return place;
  const map = maps.ofFile(place.file);
  if (map === undefined) return place;
  const { originalPositionFor, sourceContentFor } = loadTraceMapping();
  const found = originalPositionFor(map, { line: place.line, column: place.column - 1 });
  if (found.source === null) return undefined;
  const content = sourceContentFor(map, found.source);
  const file = sourcePath(found.source);
  return { file, line: found.line, column: found.column + 1, ...(content === null ? {} : { content }) };
}

function loadMap(text: string, file: string): TraceMap | undefined {
  const last = text.slice(-LOOK_BACK).lastIndexOf("sourceMappingURL=");
  const from = last < 0 ? text.lastIndexOf("//# sourceMappingURL=data:") : Math.max(0, text.length - LOOK_BACK) + last;
  const url = /^(?:\/\/# )?sourceMappingURL=(\S+)/.exec(text.slice(Math.max(0, from)))?.[1];
  if (from < 0 || url === undefined) return undefined;
  const { FlattenMap } = loadTraceMapping();
  const base = pathToFileURL(file).href;
  if (url.startsWith("data:")) return new FlattenMap(dataText(url), base);
  const mapFile = url.startsWith("file:") ? fileURLToPath(url) : resolve(dirname(file), decodeURIComponent(url));
  return new FlattenMap(readFileSync(mapFile, "utf8"), pathToFileURL(mapFile).href);
}

// The comment is the file's last line; only an inline map can be longer than this.
const LOOK_BACK = 4_096;

function dataText(url: string): string {
  const comma = url.indexOf(",");
  const data = url.slice(comma + 1);
  return url.slice(0, comma).endsWith(";base64")
    ? Buffer.from(data, "base64").toString("utf8")
    : decodeURIComponent(data);
}

function sourcePath(source: string): string {
  return source.startsWith("file:") ? pathOf(fileURLToPath(source)) : pathOf(source);
}
