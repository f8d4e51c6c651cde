/** The text that the engine keeps of a function, and what it shows without a parser. */

import { Scanner } from "./scan.ts";

/** The text that the engine keeps of a function, past any `toString` that the function may carry itself. */
export function textOf(fn: Function): string {
  return Function.prototype.toString.call(fn);
}

/** True for the text of a function that the engine keeps to itself: built in, bound, a Proxy. */
export function isNativeText(text: string): boolean {
  return /\{\s*\[native code\]\s*\}\s*$/.test(text);
}

/** A class is recognised by its first word; a method that is named `class` has its parameters behind it. */
export function isClassText(text: string): boolean {
  const scanner = new Scanner(text);
  return scanner.word() === "class" && !scanner.sees("(");
}
