/** A progress bar of one line at the bottom of a terminal, with lines above it. */

import { clearLine, cursorTo } from "node:readline";
import { fitText, widthOf } from "./terminal.ts";

const maxBarLength = 24;
const minBarLength = 8;

/** A bar on a terminal. It moves the cursor within its own line only, so other output does not break it. */
export class ProgressBar {
  readonly #stream: NodeJS.WriteStream;
  #current = "";

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  /** Draws the bar filled to `share` (0 to 1; no bar where that is undefined), with `status` beside it. */
  draw(share: number | undefined, status: string): void {
    const line = barLine(share, status, (this.#stream.columns || 80) - 1);
    if (line === this.#current) return;
    cursorTo(this.#stream, 0);
    this.#stream.write(line);
    clearLine(this.#stream, 1);
    this.#current = line;
  }

  /** Prints `text` instead of the bar, and the bar again below it. */
  printAbove(text: string): void {
    cursorTo(this.#stream, 0);
    clearLine(this.#stream, 0);
    this.#stream.write(`${text}\n${this.#current}`);
  }

  /** Leaves the bar where it is and starts the next line. */
  close(): void {
    this.#stream.write("\n");
  }
}

/** The bar shrinks before the words are cut, and disappears when it would be too short. */
function barLine(share: number | undefined, status: string, columns: number): string {
  const room = Math.min(maxBarLength, columns - widthOf(status) - 2);
  if (share === undefined || room < minBarLength) return fitText(status, columns);
  const done = Math.round(Math.min(1, Math.max(0, share)) * room);
  return `${"█".repeat(done)}${"░".repeat(room - done)}  ${status}`;
}
