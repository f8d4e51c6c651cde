/** Counts the characters of lines, so that whoever writes them can end as soon as there are too many. */

/** What is left of a number of characters. */
export class Room {
  #left: number;

  constructor(limit: number) {
    this.#left = limit;
  }

  /** Takes the room of a line and its end. */
  take(line: string): void {
    this.#left -= line.length + 1;
  }

  /** How many characters are left; below 0 when more was written than fits. */
  get left(): number {
    return this.#left;
  }

  /** Whether more was written than fits: what comes after is written for nothing. */
  get isOver(): boolean {
    return this.#left < 0;
  }
}
