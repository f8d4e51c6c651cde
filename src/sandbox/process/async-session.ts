/** Asynchronous sessions in children: each has a world of its own, in a process that it may share with others. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { ConsoleHook } from "../console-hook.ts";
import { closedError, SandboxError } from "../errors.ts";
import { encode } from "../marshal.ts";
import { SandboxRandom } from "../random.ts";
import type { SandboxProgram } from "../sandbox.ts";
import { HostServices } from "../services.ts";
import { type Unit, Units, unitOf } from "../unit.ts";
import { AsyncChild, type AsyncJob, type AsyncSeat } from "./async-child.ts";
import type { ChildLimits } from "./launch.ts";

/** Runs a function in the context that this file was loaded in: a child outlives the call that begins it. */
const apart = AsyncLocalStorage.snapshot();

/** The children of one sandbox, started when first needed. */
export class AsyncChildren {
  readonly #limits: ChildLimits;
  readonly #size: number;
  #children: AsyncChild[] = [];

  constructor(limits: ChildLimits, size: number) {
    this.#limits = limits;
    this.#size = size;
  }

  /** The child for a new session: a free one, a new one while there are fewer than the size, the one with the fewest. */
  take(): AsyncChild {
    this.#children = this.#children.filter((child) => !child.lost);
    const free = this.#children.filter((child) => !child.busy);
    const [best] = (free.length > 0 ? free : this.#children).toSorted((a, b) => a.sessions - b.sessions);
    if (best !== undefined && (best.sessions === 0 || this.#children.length >= this.#size)) return best;
    const child = apart(() => new AsyncChild(this.#limits));
    this.#children.push(child);
    return child;
  }
}

interface Place {
  readonly child: AsyncChild;
  readonly seat: AsyncSeat;
}

/** The part of a session that answers later. */
export class ProcessAsyncSession {
  readonly #children: AsyncChildren;
  readonly #services: HostServices;
  readonly #random: SandboxRandom | undefined;
  readonly #programs = new Map<string, SandboxProgram>();
  readonly #units: Units<Unit> = new Units((program, id) => {
    this.#programs.set(id, program);
    return unitOf(program, id, true);
  });
  #place: Place | undefined;
  #closed = false;

  constructor(children: AsyncChildren, onConsole: ConsoleHook | undefined, seed: string | undefined) {
    this.#children = children;
    this.#services = new HostServices(onConsole);
    this.#random = seed === undefined ? undefined : new SandboxRandom(seed);
  }

  /** Calls the entry of a program, see the port. */
  async call(program: SandboxProgram, args: readonly unknown[]): Promise<unknown> {
    const unit = this.#units.of(program);
    const text = encode(args, "args");
    const within = AsyncLocalStorage.snapshot();
    const draws = this.#random?.of(unit.entry, unit.code, text) ?? { define: "", call: "" };
    return await new Promise((resolve, reject) => {
      this.#send({ program, unit, args: text, within, draws, resolve, reject }, 2);
    });
  }

  /** Frees the world; calls on their way fail. */
  close(): void {
    this.#closed = true;
    this.#leave();
  }

  #leave(): void {
    this.#place?.child.close(this.#place.seat, closedError);
    this.#place = undefined;
  }

  /** A child that ends hands the calls that it had not begun to another one, but not for ever. */
  #send(job: Omit<AsyncJob, "again">, tries: number): void {
    if (this.#closed) return job.reject(closedError(job.unit.entry));
    if (this.#place?.child.lost || this.#place?.seat.broken) this.#leave();
    try {
      this.#place ??= this.#enter();
    } catch (error) {
      return job.reject(error);
    }
    const again = (reason: SandboxError): void => {
      if (tries > 1) this.#send(job, tries - 1);
      else job.reject(reason);
    };
    this.#place.child.send(this.#place.seat, { ...job, again });
  }

  #enter(): Place {
    const child = this.#children.take();
    return { child, seat: child.open(this.#services, (unit) => this.#programs.get(unit)) };
  }
}
