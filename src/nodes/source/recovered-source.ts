/** What is asked for of a function, and what is recovered of it. */
import type { CallSite } from "./call-site.ts";
import type { TypeDeclaration } from "./declarations.ts";
import type { ParamInfo } from "./params.ts";
import type { WrittenType } from "./type-fit.ts";

/** A function whose source is asked for. */
export interface SourceRequest {
  readonly fn: Function;
  /** The name it goes by, whatever it is declared with: bundlers rename declarations. A method keeps its own. */
  readonly name?: string;
  /** `"method"` for one that a decorator wraps, `"function"` for the argument of a call. */
  readonly kind: "function" | "method";
  /** Where it was wrapped. */
  readonly site: CallSite;
}

/** A function as text. */
export interface RecoveredSource {
  /**
   * A program of one function: a declaration, or `const name = …;` for an arrow or anonymous function. TypeScript,
   * formatting and comments are kept where `origin` is `"source"`. Empty when the function has no readable text (native
   * or bound functions, classes, accessors).
   */
  readonly text: string;
  /**
   * The name under which `text` declares the function: the one asked for, else its own, else the variable it is
   * assigned to, else `fn`.
   */
  readonly name: string;
  /** True where the name is a fallback, which two functions may share: `fn`, or one as short as a minifier's. */
  readonly unnamed: boolean;
  /** True where the text is a minifier's, so that the names in it are not the author's. */
  readonly minified: boolean;
  /** The JSDoc before it, without comment marks. */
  readonly doc: string | undefined;
  readonly params: readonly ParamInfo[];
  readonly async: boolean;
  /** The text up to the body: `extract(response: string): string`. */
  readonly signature: string;
  /** The types that the signature names, from its file and what that imports. */
  readonly types?: readonly TypeDeclaration[];
  /** The type of the result, where one is written. */
  readonly resultType?: WrittenType;
  /** `"source"`: read from the source file. `"toString"`: from the compiled text, so without types and JSDoc. */
  readonly origin: "source" | "toString";
}
