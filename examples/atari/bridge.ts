/** The Atari games in a Python process of their own: requests and answers as lines of JSON (see bridge.py). */

import { type ChildProcessByStdio, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { ExternalCallError } from "tracegrad";
import { z } from "zod";

const object = z.tuple([z.string(), z.number(), z.number(), z.number(), z.number(), z.number(), z.number()]);

const seen = z.object({
  /** Category, x, y, w, h, dx, dy. */
  objects: z.array(object),
  lives: z.number(),
  /** Of the step; null after a reset. */
  reward: z.number().nullable(),
  done: z.boolean(),
  /** How many actions the game has. */
  actions: z.number(),
});

/** What a game shows after a step: the objects that OCAtari reads from the emulator's memory. */
export type Seen = z.infer<typeof seen>;

/** How many characters of what Python wrote at its end an error quotes. */
const quotedCharacters = 1_500;

/** The virtual environment that `npm run setup:atari` makes, at the root of the project; or the folder in TRACEGRAD_ATARI. */
export const environmentOfAtari = (): string =>
  process.env["TRACEGRAD_ATARI"] ?? join(import.meta.dirname, "..", "..", ".venv");

/** Its Python. */
export const pythonOfAtari = (): string => join(environmentOfAtari(), "bin", "python");

/** Whether the Python of the games is installed. */
export const hasAtari = (): boolean => existsSync(pythonOfAtari());

/** A Python process that plays Atari games. It ends with this process, however that ends. */
export class Bridge {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #sent = 0;
  #said = "";
  #ended: ExternalCallError | undefined;

  /** @throws ExternalCallError `no-atari` when the Python of the games is not installed. */
  constructor(python: string = pythonOfAtari()) {
    if (!existsSync(python)) {
      throw new ExternalCallError(
        "no-atari",
        `The Atari games need Python and the Arcade Learning Environment, and ${python} does not exist. ` +
          "Run `npm run setup:atari` (600 MB, about a minute), or name another environment in TRACEGRAD_ATARI.",
      );
    }
    this.#child = spawn(python, [join(import.meta.dirname, "bridge.py")], { stdio: ["pipe", "pipe", "pipe"] });
    createInterface({ input: this.#child.stdout }).on("line", (line) => this.#receive(line));
    this.#child.stderr.on("data", (text: Buffer) => {
      this.#said = (this.#said + String(text)).slice(-quotedCharacters);
    });
    // A broken pipe is told by the end of the process.
    this.#child.stdin.on("error", () => {});
    this.#child.on("error", (error) => this.#end(`did not start: ${error.message}`));
    this.#child.on("close", (code, signal) => this.#end(`ended with ${signal ?? `code ${code}`}`));
  }

  /** The process, for tests. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Begins a game in the world of that number, in place of the one that was there. */
  async reset(world: number, game: string, gameSeed: number): Promise<Seen> {
    return seen.parse(await this.#ask({ op: "reset", world, game, seed: gameSeed }));
  }

  /** Carries out actions one after the other, of 4 frames each, until the game ends; what was seen after each. */
  async step(world: number, actions: readonly number[]): Promise<readonly Seen[]> {
    return z.array(seen).parse(await this.#ask({ op: "step", world, actions }));
  }

  /** The screen as PNG. */
  async frame(world: number): Promise<Buffer> {
    return Buffer.from(z.string().parse(await this.#ask({ op: "frame", world })), "base64");
  }

  /** Ends the Python process. */
  async close(): Promise<void> {
    if (this.#ended) return;
    const closed = new Promise((resolve) => this.#child.once("close", resolve));
    this.#child.stdin.end();
    await closed;
  }

  #ask(request: Readonly<Record<string, unknown>>): Promise<unknown> {
    if (this.#ended) return Promise.reject(this.#ended);
    const id = ++this.#sent;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.stdin.write(`${JSON.stringify({ id, ...request })}\n`);
    });
  }

  #receive(line: string): void {
    const reply = JSON.parse(line) as { id: number; result?: unknown; error?: { code: string; message: string } };
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    // Never the program's fault: the world checks an action before it sends it.
    if (reply.error)
      waiting?.reject(new ExternalCallError(reply.error.code, `The Atari bridge: ${reply.error.message}`));
    else waiting?.resolve(reply.result);
  }

  #end(how: string): void {
    this.#ended ??= new ExternalCallError(
      "bridge-ended",
      `The Python process of the Atari games ${how}. Start the run again: it goes on where it was. ` +
        `What Python wrote last:\n${this.#said.trim()}`,
    );
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }
}
