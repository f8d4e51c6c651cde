/**
 * Which tasks a worker takes before it has a place for them. They wait here, so that a place that becomes free has its
 * next task at once, and not only after a round trip to Redis.
 */

/** A worker takes ahead as many tasks as end in this time, in milliseconds, which the next ones may need to come. */
const horizon = 100;
/** The time between two decisions on that number, in milliseconds. Each counts what ended since the last but one. */
const reviewTime = 500;
/** At most this share of the places is taken ahead. */
const maxShare = 1 / 4;

/** A task that a worker has taken. */
export interface TakenTask {
  /** Whether it was given back before it had a place. */
  isGivenBack: boolean;
  readonly onGivenBack: () => void;
}

/** See the head of the file. */
export class LookAhead {
  readonly #places: number;
  readonly #onLimit: () => void;
  #timer: NodeJS.Timeout | undefined;
  /** The tasks without a place, in the order in which they came. */
  readonly #waiting = new Set<TakenTask>();
  #active = 0;
  #size: number;
  #ended = 0;
  /** What ended between the last review and the one before; unknown at the first one. */
  #endedBefore: number | undefined;
  #isClosed = false;

  /** @param onLimit Called when the limit has changed. */
  constructor(places: number, onLimit: () => void) {
    this.#places = places;
    this.#onLimit = onLimit;
    this.#size = Math.floor(places * maxShare);
  }

  /** How many tasks have a place. */
  get active(): number {
    return this.#active;
  }

  /**
   * How many tasks may be taken, those with a place included. At the beginning it is the maximum: nothing is known of
   * the tasks yet, and the first ones may be short and end at the same moment.
   */
  get limit(): number {
    return this.#places + this.#size;
  }

  /** Whether no place is free. */
  get isFull(): boolean {
    return this.#active >= this.#places;
  }

  /** Whether the next place that becomes free has its task here. */
  get isFilled(): boolean {
    return this.#waiting.size > 0;
  }

  /** A task comes. `onGivenBack` is called when it is not to be made here after all. */
  enter(onGivenBack: () => void): TakenTask {
    const task: TakenTask = { isGivenBack: false, onGivenBack };
    this.#waiting.add(task);
    if (this.#isClosed) this.#giveBack(task);
    return task;
  }

  /** A task has a place. */
  begin(task: TakenTask): void {
    if (!this.#waiting.delete(task)) return;
    this.#active += 1;
    if (this.#active === this.#places && !this.#isClosed) this.#timer ??= setInterval(() => this.#review(), reviewTime);
  }

  /** A task needs no place any more. */
  end(task: TakenTask): void {
    if (this.#waiting.delete(task) || task.isGivenBack) return;
    this.#active -= 1;
    this.#ended += 1;
  }

  /** Gives back all tasks without a place, and those that still come. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    for (const task of this.#waiting) this.#giveBack(task);
  }

  /** Gives back the tasks beyond its places, since another worker has one. A later review decides how many it takes again. */
  yield(): void {
    this.#size = 0;
    this.#giveBackExcess();
  }

  /** Where tasks take long, few are taken ahead, or none: another worker may have a place for them now. */
  #review(): void {
    const before = this.#endedBefore;
    [this.#ended, this.#endedBefore] = [0, this.#ended];
    if (before === undefined) return;
    const inHorizon = ((before + this.#endedBefore) * horizon) / (2 * reviewTime);
    const size = Math.floor(Math.min(inHorizon, this.#places * maxShare));
    if (size !== this.#size) {
      this.#size = size;
      this.#onLimit();
    }
    this.#giveBackExcess();
  }

  #giveBackExcess(): void {
    const excess = this.#active + this.#waiting.size - this.limit;
    if (excess > 0) for (const task of [...this.#waiting].slice(-excess)) this.#giveBack(task);
  }

  #giveBack(task: TakenTask): void {
    this.#waiting.delete(task);
    task.isGivenBack = true;
    task.onGivenBack();
  }
}
