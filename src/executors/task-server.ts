/** The tasks of a process that serves a run file: finds the program that a task is for, and makes it. */

import type { ProgramIdentity, ServedProgram, Task, TaskEnd, TaskLine } from "../training/execution/executor.ts";
import { toPortable } from "../training/execution/portable-error.ts";
import { identityDifferences } from "../training/execution/program-identity.ts";
import { type ProgramOffer, serveHere } from "../training/execution/serving.ts";
import { ExternalCallError, TracegradError } from "../util/errors.ts";
import { defaultExport } from "./load-file.ts";

/** How many places in which programs differ are named. */
const maxPlaces = 3;
/** How long the function of a file may take until it calls `train`, `evaluate` or `study`, in milliseconds. */
const maxWait = 60_000;

/**
 * Makes the tasks of runs with the programs of a run file: for the workers of an executor of your own, each in a process
 * that does nothing else. Once it is made, `train`, `evaluate` and `study` start nothing in this process any more.
 * @example
 * const server = await TaskServer.load("solver.js");
 * const end = await server.perform(task, identity, line);
 */
export class TaskServer {
  readonly #offers: readonly ProgramOffer[];

  /**
   * Loads the file, and calls its function as the command line does, but nothing is run.
   * @throws TracegradError `nothing-to-serve` when it calls neither `train` nor `evaluate` nor `study`.
   */
  static async load(file: string): Promise<TaskServer> {
    const offers: ProgramOffer[] = [];
    const first = new Promise<void>((resolve) =>
      serveHere((offer) => {
        offers.push(offer);
        resolve();
      }),
    );
    const exported = await defaultExport(file);
    const called = Promise.resolve(
      typeof exported === "function" ? (exported as (options: object) => unknown)({}) : exported,
    );
    await Promise.race([first, called, timeout()]);
    // Data are hashed now, and not while a run waits. A program that cannot be made says so to the run that asks for it.
    await Promise.all(offers.map((offer) => offer.program(undefined).catch(() => undefined)));
    if (offers.length > 0) return new TaskServer(offers);
    throw new TracegradError(
      "nothing-to-serve",
      `The default export of ${file} called neither train, evaluate nor study, so there is no program to serve. Let it ` +
        "be a function that calls one of them before it awaits a result.",
    );
  }

  private constructor(offers: readonly ProgramOffer[]) {
    this.#offers = offers;
  }

  /** What the file offers. */
  get offers(): readonly ProgramOffer[] {
    return this.#offers;
  }

  /** Makes a task of a run with this identity. Never rejects: another program is an error of the task. */
  async perform(task: Task, identity: ProgramIdentity, line: TaskLine): Promise<TaskEnd> {
    try {
      return await (await this.find(task, identity)).perform(task, line);
    } catch (thrown) {
      return { error: toPortable(thrown) };
    }
  }

  /**
   * The program that a task is for.
   * @throws ExternalCallError `other-program` when the file has another one; it says what differs.
   */
  async find({ trial }: Pick<Task, "trial">, identity: ProgramIdentity): Promise<ServedProgram> {
    const failures: unknown[] = [];
    const found = this.#offers.map((offer) =>
      offer.program(trial).catch((thrown: unknown) => void failures.push(thrown)),
    );
    // One of several calls of a file may have no such trial.
    const programs = (await Promise.all(found)).filter((program) => program !== undefined);
    if (programs.length === 0) throw failures[0];
    const differences = programs.map((program) => identityDifferences(identity, program.identity));
    const same = programs[differences.findIndex(({ length }) => length === 0)];
    if (same !== undefined) return same;
    const [nearest = []] = differences.toSorted((a, b) => a.length - b.length);
    const more = nearest.length > maxPlaces ? ` and ${nearest.length - maxPlaces} more` : "";
    throw new ExternalCallError(
      "other-program",
      `The worker has another program than the run: they differ in ${nearest.slice(0, maxPlaces).join(", ")}${more}. ` +
        "Start it with the same code, data and versions.",
    );
  }
}

function timeout(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, maxWait).unref());
}
