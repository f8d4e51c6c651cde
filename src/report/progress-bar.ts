/** A progress bar of one line at the bottom of a terminal, with lines above it. */

import { clearLine, cursorTo } from "node:readline";
import { fitted, widthOf } from "./terminal.ts";

const longestBar = 24;
const shortestBar = 8;

/** A bar on a terminal. It moves no cursor but its own line's, so other output does not break it. */
export class ProgressBar {
  readonly #stream: NodeJS.WriteStream;
  #drawn = "";

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  /** Draws the bar filled to `part` (0 to 1; no bar where that is unknown), with `status` beside it. */
  draw(part: number | undefined, status: string): void {
    const line = barLine(part, status, (this.#stream.columns || 80) - 1);
    if (line === this.#drawn) return;
    cursorTo(this.#stream, 0);
    this.#stream.write(line);
    clearLine(this.#stream, 1);
    this.#drawn = line;
  }

  /** Prints `text` in the place of the bar, which is drawn anew below it. */
  above(text: string): void {
    cursorTo(this.#stream, 0);
    clearLine(this.#stream, 0);
    this.#stream.write(`${text}\n${this.#drawn}`);
  }

  /** Leaves the bar there and goes to the next line. */
  close(): void {
    this.#stream.write("\n");
  }
}

/** The bar shrinks before the words are cut, and goes before they are unreadable. */
function barLine(part: number | undefined, status: string, columns: number): string {
  const room = Math.min(longestBar, columns - widthOf(status) - 2);
  if (part === undefined || room < shortestBar) return fitted(status, columns);
  const done = Math.round(Math.min(1, Math.max(0, part)) * room);
  return `${"█".repeat(done)}${"░".repeat(room - done)}  ${status}`;
}
