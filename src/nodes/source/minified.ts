/** Tells a minifier's text from an author's, by its names and its layout. */
import type { ParamInfo } from "./params.ts";

/** True for a name as short as minifiers give. */
export function isShort(name: string): boolean {
  return name.length <= 2;
}

/**
 * True when a function's text looks like a minifier's: every parameter has a short name, and no blank stands where
 * authors put one. A short function of an author may look like this, too.
 */
export function isMinified(text: string, params: readonly ParamInfo[]): boolean {
  const isTight = /\)\{|=>[^\s]|[\w$],[\w$]/.test(text) && !/\)\s+(?:=>\s)?\{|\s=>\s/.test(text);
  return isTight && params.every(({ name, pattern }) => pattern !== undefined || isShort(name));
}
