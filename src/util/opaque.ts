/** What stands for a value that has no JSON form. */

import { previewText } from "./preview.ts";

/** What `encode` keeps of a value that JSON cannot hold: a function, a class instance, a cycle. */
export class Opaque {
  /** The type of the value, such as `function`. */
  readonly type: string;
  /** A short text of the value. */
  readonly preview: string;

  constructor(type: string, preview: string) {
    this.type = type;
    this.preview = preview;
    // Displayed as the value that it represents.
    Object.defineProperty(this, previewText, { value: preview });
  }

  toString(): string {
    return this.preview;
  }
}
