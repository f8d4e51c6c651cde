/** A terminal of fake height and real width: a stream that a bar draws on, and what a person would see there. */

import { Writable } from "node:stream";

/** A stream like that of a terminal. `written` is every byte, `lines` is what stands on the screen. */
export class FakeTerminal extends Writable {
  readonly isTTY: boolean;
  readonly columns: number;
  written = "";

  constructor({ isTTY = true, columns = 80 } = {}) {
    super({ decodeStrings: false });
    this.isTTY = isTTY;
    this.columns = columns;
  }

  override _write(chunk: string | Buffer, _: string, done: () => void): void {
    this.written += chunk.toString();
    done();
  }

  get asStream(): NodeJS.WriteStream {
    return this as unknown as NodeJS.WriteStream;
  }

  /**
   * Knows line breaks, `ESC [ n G` (column n), `ESC [ 0 K` and `ESC [ 2 K` (clear) and colours; anything else fails.
   */
  get lines(): string[] {
    const lines: string[][] = [[]];
    let column = 0;
    const escape = "\u001b";
    for (const [piece] of this.written.matchAll(new RegExp(`${escape}\\[[\\d;?]*[A-Za-z]|[\\s\\S]`, "gu"))) {
      const line = lines.at(-1) as string[];
      if (piece === "\n") {
        lines.push([]);
        column = 0;
      } else if (/\[\d*G$/.test(piece)) column = Number(/\d+/.exec(piece)?.[0] ?? 1) - 1;
      else if (piece.endsWith("[0K")) line.length = Math.min(line.length, column);
      else if (piece.endsWith("[2K")) line.length = 0;
      else if (/\[[\d;]*m$/.test(piece)) continue;
      else if (piece.startsWith(escape))
        throw new Error(`An escape sequence that a bar has no need of: ${JSON.stringify(piece)}`);
      else {
        while (line.length < column) line.push(" ");
        line[column++] = piece;
      }
    }
    return lines.map((line) => line.join(""));
  }
}
