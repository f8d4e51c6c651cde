/** Finds the place of a call, which was remembered, in the source as a person wrote it. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { folderAbove } from "../../util/home.ts";
import type { CallSite } from "./call-site.ts";
import { framesOf, pathOf, type StackFrame } from "./frames.ts";
import { type SourcePlace, toSource } from "./source-map.ts";

/**
 * The place of the first caller outside of tracegrad's own modules, in the source file as a person wrote it; `line` and
 * `column` are 1-based. Undefined when there is none or when the caller is eval'ed code. Never throws.
 */
export function locate(site: CallSite): SourcePlace | undefined {
  try {
    const frames = framesOf(site.trace.stack);
    const files = filesOf(site, frames[0]);
    const source = firstOfCaller(frames, ownFolders(files, frames[0]));
    // In a bundle without a source map the caller is in one file with `captureCallSite`, and that file is not anyone's
    // source.
    return source !== undefined && files.includes(source.file) ? undefined : source;
  } catch {
    return undefined;
  }
}

function firstOfCaller(frames: readonly StackFrame[], own: readonly string[]): SourcePlace | undefined {
  const isOwn = (file: string) => own.some((folder) => file.startsWith(folder));
  for (const frame of frames) {
    if (frame.evaluated) return undefined;
    if (frame.place === undefined || isOwn(frame.place.file) || isHelper(frame)) continue;
    const source = toSource({ ...frame.place, file: onDisk(frame.place.file) });
    if (source !== undefined && !isOwn(source.file)) return source;
  }
  return undefined;
}

/**
 * The folders of tracegrad's modules. Both `src` and `dist`, as source maps lead from one to the other. In a bundle the
 * trace's first frame, which is `captureCallSite` itself, leads through the source map to the folder that the package
 * was in.
 */
function ownFolders(files: readonly string[], first: StackFrame | undefined): string[] {
  const above = (file: string): string | undefined => folderAbove(file, "nodes/source/call-site");
  // Also where the URL is known: webpack writes that of the module into a bundle.
  const isBundled = first?.place !== undefined && above(first.place.file) === undefined;
  const mapped = isBundled ? [toSource(first.place)?.file ?? ""] : [];
  const roots = [...new Set([...files, ...mapped].map(above))].filter((root) => root !== undefined);
  return roots.flatMap((root) => [`${root}/src/`, `${root}/dist/`]);
}

/**
 * The file that `captureCallSite` runs from, as the trace names it and as its module knows it: Vitest's traces have
 * other names, and a bundle in CommonJS form knows no URL.
 */
function filesOf({ url }: CallSite, first: StackFrame | undefined): string[] {
  return [first?.place?.file, typeof url === "string" ? pathOf(url) : undefined].filter((file) => file !== undefined);
}

/**
 * The functions with which compilers lower decorators: they come between tracegrad and the class that it wants to
 * find.
 */
function isHelper(frame: StackFrame): boolean {
  return HELPER_NAME.test(frame.caller) || HELPER_FILE.test(frame.place?.file ?? "");
}

// TypeScript and tslib, esbuild, swc, babel, in this order.
const HELPER_NAME = new RegExp(
  String.raw`(?:^|\.)(?:__(?:esDecorate|decorate|runInitializers|param)|__decorate(?:Element|Class|Param)|` +
    String.raw`_ts_(?:decorate|param)|_+apply_?[dD]ecs\w*|apply(?:Member|Class)?Decs?\w*)$`,
);
const HELPER_FILE = /\/node_modules\/(?:tslib|reflect-metadata|@swc\/helpers|@babel\/runtime|@oxc-project\/runtime)\//;

/** Vite writes ids of files below its root as if the root were the disk's. */
function onDisk(file: string): string {
  if (!file.startsWith("/") || existsSync(file)) return file;
  const below = resolve(`.${file}`);
  return existsSync(below) ? pathOf(below) : file;
}
