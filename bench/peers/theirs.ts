/** Runs Python's gepa in a process of its own; problem, noise and model stay on this side. */

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { theirModel } from "./model.ts";
import type { PeerFamily, Texts } from "./problem.ts";
import { type Entry, judging, type Shipped } from "./run-one.ts";

type Message =
  | { readonly judge: { readonly program: Texts; readonly examples: readonly number[] } }
  | { readonly reflect: string }
  | { readonly done: { readonly program: Texts; readonly calls: number } };

/** Python's gepa, until it is closed. */
export class PythonGepa {
  readonly #child;
  readonly #lines;

  /** @param python The interpreter; it must be able to import gepa. */
  constructor(python: string) {
    const script = fileURLToPath(new URL("peer.py", import.meta.url));
    this.#child = spawn(python, [script], { stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** One run. It may overspend: the calls that it made are in the result. */
  async run(family: PeerFamily, { seed, calls, merge }: Entry): Promise<Shipped> {
    const problem = family.problem(seed);
    const { start, train, validation } = problem;
    const judge = judging(problem, `theirs/${seed}`);
    const reflect = theirModel(family, seed);
    this.#say({ start, train, validation, calls, merge, seed });
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done === true)
        throw new Error("Python's gepa ended. Can the interpreter import gepa (pip install gepa==0.1.4)?");
      const message = JSON.parse(value) as Message;
      if ("done" in message) return { calls: message.done.calls, score: problem.truth(message.done.program) };
      if ("reflect" in message) this.#say(reflect(message.reflect));
      else this.#say(message.judge.examples.map((example) => judge(message.judge.program, example)));
    }
  }

  close(): void {
    this.#child.stdin.end();
  }

  #say(answer: unknown): void {
    this.#child.stdin.write(`${JSON.stringify(answer)}\n`);
  }
}
