/** The progress of a run on a terminal: a bar where there is one, plain lines where there is not. */

import { styleText } from "node:util";
import type { TrainEvent } from "../training/events.ts";
import { type Redact, redactor } from "../util/redact.ts";
import { type ConsoleLine, eventLines } from "./console-lines.ts";
import { ProgressBar } from "./progress-bar.ts";
import { budgetShare, type RunStatus, statusAfter, statusBefore, statusLine } from "./run-status.ts";

/** Options of `consoleProgress`. */
export interface ConsoleOptions {
  /** The number of steps of the run. Default: the budget that the run itself records. */
  readonly steps?: number;
  /** A bar that is redrawn, or a line for each event. Default: a bar on a terminal outside of CI. */
  readonly style?: "bar" | "lines";
  /** Whether to print the verdict at the end of the run. Default: true. */
  readonly verdict?: boolean;
  /** The environment, of which `CI`, `NO_COLOR` and `TERM=dumb` count. Default: that of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The clock, in milliseconds. Default: `performance.now`. */
  readonly now?: () => number;
}

/** Prints the events of a run that it is called with. */
export interface ConsoleProgress {
  (event: TrainEvent): void;
  /** Stops: the bar stays where it is. A run's `end` does the same; call it when a run throws. May be called twice. */
  close(): void;
}

/**
 * Prints the progress of a run to `stream`, by default the process's stderr: step, score, best, tokens, dollars, time
 * left; of a search the round, the candidates and the evaluations. Text of the run is printed without control
 * characters and secrets. It never keeps the process alive.
 */
export function consoleProgress(
  stream: NodeJS.WriteStream = process.stderr,
  options: ConsoleOptions = {},
): ConsoleProgress {
  const screen = new Screen(stream, options);
  return Object.assign((event: TrainEvent) => screen.show(event), { close: () => screen.close() });
}

/** How often the time left is redrawn, in milliseconds. */
const tick = 1_000;

class Screen {
  readonly #stream: NodeJS.WriteStream;
  readonly #isColoured: boolean;
  readonly #now: () => number;
  /** Undefined in the style `lines`. */
  readonly #bar: ProgressBar | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #redact: Redact;
  readonly #hasVerdict: boolean;
  #status: RunStatus;
  #isOpen = true;

  constructor(stream: NodeJS.WriteStream, options: ConsoleOptions) {
    const { steps, style, verdict = true, env = process.env, now = () => performance.now() } = options;
    this.#stream = stream;
    this.#now = now;
    this.#redact = redactor(env);
    this.#hasVerdict = verdict;
    this.#status = statusBefore(steps);
    const isTerminal = stream.isTTY === true && env["TERM"] !== "dumb";
    const isCi = !["", "0", "false"].includes(env["CI"] ?? "");
    this.#isColoured = isTerminal && (env["NO_COLOR"] ?? "") === "";
    if (!isTerminal || (style === undefined ? isCi : style === "lines")) return;
    this.#bar = new ProgressBar(stream);
    // Unreferenced, so that a run that throws does not hang because of it.
    this.#timer = setInterval(() => this.#draw(), tick).unref();
  }

  show(event: TrainEvent): void {
    const now = this.#now();
    this.#status = statusAfter(this.#status, event, now);
    if (!this.#isOpen) return;
    const lines = eventLines(event, this.#status, this.#redact, now);
    if (event.type === "end") return this.#end(lines);
    for (const line of lines) this.#print(line);
    this.#draw();
  }

  /** The verdict comes last, below the bar. */
  #end(lines: readonly ConsoleLine[]): void {
    for (const line of lines) if (line.look === "plain") this.#print(line);
    this.close();
    if (!this.#hasVerdict) return;
    for (const { text, look } of lines) if (look === "note") this.#stream.write(`${text}\n`);
  }

  #print({ text, look }: ConsoleLine): void {
    const isWarning = look === "warning";
    // `validateStream` would look at the process's stdout, not at this stream.
    const styled = isWarning && this.#isColoured ? styleText("yellow", text, { validateStream: false }) : text;
    if (this.#bar === undefined) this.#stream.write(`${styled}\n`);
    // Above a bar, only what the bar cannot show is worth a line.
    else if (look !== "plain") this.#bar.printAbove(styled);
  }

  #draw(): void {
    this.#bar?.draw(budgetShare(this.#status), statusLine(this.#status, this.#now()));
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    clearInterval(this.#timer);
    this.#draw();
    this.#bar?.close();
  }
}
