/** The names of what a queue keeps in Redis, beside what BullMQ keeps itself. */

/** How long what nobody fetches is kept, in seconds: a run that was stopped may continue after the weekend. */
export const keepSeconds: number = 7 * 24 * 3600;
/** How long a message to a process waits for it, in seconds. */
export const inboxSeconds = 3600;
/** How long who is silent counts as alive, in milliseconds, and how often it says that it is. */
export interface Silence {
  readonly limit: number;
  readonly heartbeat: number;
}

/** The times of a queue. */
export function silenceOf(seconds: number): Silence {
  return { limit: seconds * 1000, heartbeat: (seconds * 1000) / 4 };
}

/** The names of one queue. */
export class QueueKeys {
  readonly #prefix: string;
  /** The list of the jobs that wait, which BullMQ keeps. */
  readonly wait: string;

  constructor(prefix: string, queue: string) {
    this.wait = `${prefix}:${queue}:wait`;
    // In braces, so that a cluster keeps all of it on one node.
    this.#prefix = `${prefix}:{${queue}}:tracegrad`;
  }

  /** A value that many tasks refer to, by its hash. */
  content(hash: string): string {
    return `${this.#prefix}:content:${hash}`;
  }

  /** The record of a task. */
  record(key: string): string {
    return `${this.#prefix}:record:${key}`;
  }

  /** Counts the processes that have opened a run: the newest one owns it. */
  epoch(run: string): string {
    return `${this.#prefix}:run:${run}:epoch`;
  }

  /** The name of the process that is running it; gone when none is. */
  alive(run: string): string {
    return `${this.#prefix}:run:${run}:alive`;
  }

  /** The identity of the program of a run, or of a trial of a study. */
  identity(run: string): string {
    return `${this.#prefix}:run:${run}:identity`;
  }

  /** The messages to a process. */
  inbox(address: string): string {
    return `${this.#prefix}:inbox:${address}`;
  }

  /** The id of a worker that has ended a task and found no next one. */
  get idle(): string {
    return `${this.#prefix}:idle`;
  }

  /** The workers, by id, each with what it says of itself. */
  get workers(): string {
    return `${this.#prefix}:workers`;
  }
}
