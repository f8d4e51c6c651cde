/** What the host does for code inside: it calls functions of the scope, and takes in lines of the console. */
import { headOf } from "../util/cut.ts";
import { isData } from "../util/fault.ts";
import type { ConsoleHook } from "./console-hook.ts";
import { errorOf, SandboxError } from "./errors.ts";
import { decode, encode } from "./marshal.ts";
import type { SandboxProgram } from "./sandbox.ts";
import { hostFunction } from "./unit.ts";

/** The functions of the console inside. */
export const consoleLevels: readonly string[] = ["log", "info", "debug", "warn", "error"];
/** The most lines that one world may print. */
export const maxConsoleLines = 1000;
/** The longest of them, in characters. */
export const maxConsoleLine = 2048;

/** Serves one session. */
export class HostServices {
  readonly #onConsole: ConsoleHook | undefined;
  readonly #maxChars: number;
  #lines = 0;
  /** What a host function threw that is no fault of the code inside, whatever that code makes of it. */
  #passing: { readonly thrown: unknown } | undefined;

  /** @param maxChars The longest text that may pass in or out, in UTF-16 units. */
  constructor(onConsole: ConsoleHook | undefined, maxChars: number) {
    this.#onConsole = onConsole;
    this.#maxChars = maxChars;
  }

  /** Hands a line to the hook. */
  log(level: string, line: string): void {
    if (!consoleLevels.includes(level) || ++this.#lines > maxConsoleLines) return;
    try {
      this.#onConsole?.(level as Parameters<ConsoleHook>[0], headOf(line, maxConsoleLine));
    } catch (error) {
      if (!isData(error)) this.#passing ??= { thrown: error };
    }
  }

  /** Calls a function of the scope: gives `=` and the text of its result, or `!` and that of its error. Never throws. */
  call(program: SandboxProgram, name: string, args: string): string {
    try {
      // After an outage no more calls are made: nobody will see what came of them.
      if (this.#passing !== undefined) throw this.#passing.thrown;
      return `=${this.#callNow(program, name, args)}`;
    } catch (error) {
      if (!isData(error)) this.#passing ??= { thrown: error };
      return `!${encode(errorOf(error), "the error")}`;
    }
  }

  /**
   * What ends the call that is under way as itself, because a result that was made without it says nothing about the
   * code; forgets it.
   */
  takePassing(): { readonly thrown: unknown } | undefined {
    const passing = this.#passing;
    this.#passing = undefined;
    return passing;
  }

  #callNow(program: SandboxProgram, name: string, args: string): string {
    const result = hostFunction(program, name)(...(decode(args, this.#maxChars) as unknown[]));
    if (result instanceof Promise) {
      // Nobody waits for it, so its failure must not end the process.
      result.catch(() => undefined);
      const problem = `\`${name}\` is async, so only async code may use it`;
      throw new SandboxError("bad-scope", `${problem}; make \`${program.spec.entry}\` async`);
    }
    return encode(result, `the result of \`${name}\``, this.#maxChars);
  }
}
