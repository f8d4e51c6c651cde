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
  readonly #resize: (tasks: number) => void;
  readonly #timer: NodeJS.Timeout;
  /** The tasks without a place, in the order in which they came. */
  readonly #waiting = new Set<TakenTask>();
  #active = 0;
  #size = 0;
  #ended = 0;
  #endedBefore = 0;
  #isClosed = false;

  /** @param resize Called with how many tasks may be taken, those with a place included, when that changes. */
  constructor(places: number, resize: (tasks: number) => void) {
    this.#places = places;
    this.#resize = resize;
    this.#timer = setInterval(() => this.#review(), reviewTime);
  }

  /** How many tasks have a place. */
  get active(): number {
    return this.#active;
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
    if (this.#waiting.delete(task)) this.#active += 1;
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

  /** Where tasks take long, few are taken ahead, or none: another worker may have a place for them now. */
  #review(): void {
    const inHorizon = ((this.#ended + this.#endedBefore) * horizon) / (2 * reviewTime);
    [this.#ended, this.#endedBefore] = [0, this.#ended];
    const size = Math.floor(Math.min(inHorizon, this.#places * maxShare));
    if (size !== this.#size) this.#resize(this.#places + size);
    this.#size = size;
    const excess = this.#active + this.#waiting.size - this.#places - size;
    if (excess > 0) for (const task of [...this.#waiting].slice(-excess)) this.#giveBack(task);
  }

  #giveBack(task: TakenTask): void {
    this.#waiting.delete(task);
    task.isGivenBack = true;
    task.onGivenBack();
  }
}
