/** The domain of numbers in a range: all of them or those on a grid, on a linear or a logarithmic scale. */

import { preview } from "../../util/preview.ts";
import type { Rng } from "../../util/rng.ts";
import { badSpace, type Dimension, type Domain } from "./domain.ts";

/** The range of a {@link number}. */
export interface NumberRange {
  readonly min: number;
  readonly max: number;
  /**
   * Only min, min + step, min + 2 step, …; 1 with a whole `min` for whole numbers. Default: every number of the range.
   */
  readonly step?: number;
  /**
   * On a `log` scale 1 to 10 is as wide as 10 to 100; for learning rates and the like. `min` is above 0 then. Default:
   * linear.
   */
  readonly scale?: "linear" | "log";
}

/**
 * A number from `min` to `max`. Steps to a neighbour are of all sizes, from a thousandth to a third of the range, each
 * order of magnitude equally likely (as in Rowe and Hidovic 2004, "An Evolution Strategy Using a Continuous Version of
 * the Gray-Code Neighbourhood Distribution"), so that no step size needs tuning.
 * @throws TracegradError `bad-space` for an invalid range.
 * @example number({ min: 1e-5, max: 1, scale: "log" })
 */
export function number(range: NumberRange): Domain {
  requireRange(range);
  const scale = new NumberScale(range);
  return {
    spec: { kind: "number", ...range },
    dimension: scale.dimension,
    random: (rng) => scale.random(rng),
    neighbour: (point, rng) => scale.neighbour(point as number, rng),
    crossover: (a, b, rng) => scale.between(a as number, b as number, rng.float()),
    all: () => scale.all(),
    valueOf: (point) => point,
    pointOf: (value) => (typeof value === "number" && scale.has(value) ? value : undefined),
  };
}

/** The range with its scale, on which positions from 0 to 1 stand for numbers. */
class NumberScale {
  readonly #range: NumberRange;
  /** Index of the last number of the grid; undefined without a grid. */
  readonly #last: number | undefined;

  constructor(range: NumberRange) {
    const { min, max, step } = range;
    this.#range = range;
    this.#last = min === max ? 0 : step === undefined ? undefined : Math.floor((max - min) / step + 1e-9);
  }

  /** Undefined for a grid that is not of whole numbers. */
  get dimension(): Dimension | undefined {
    const { min, step, scale } = this.#range;
    const log = scale === "log";
    if (step === undefined) return { kind: "float", low: min, high: this.#range.max, log };
    if (step !== 1 || !Number.isSafeInteger(min)) return undefined;
    return { kind: "integer", low: min, high: min + (this.#last ?? 0), log };
  }

  random(rng: Rng): number {
    return this.#last !== undefined && this.#range.scale !== "log"
      ? this.#onGrid(rng.integer(this.#last + 1))
      : this.#numberAt(rng.float());
  }

  neighbour(from: number, rng: Rng): number {
    const distance = 10 ** (-3 + 2.5 * rng.float());
    const position = this.#positionOf(from);
    const step = rng.integer(2) === 0 ? -distance : distance;
    // No distance is above a half, so one of the two directions stays in the range.
    const offset = position + step < 0 || position + step > 1 ? -step : step;
    const to = this.#numberAt(position + offset);
    return to === from ? this.#nextTo(from, offset) : to;
  }

  /** The number at `share` of the way from one to the other. */
  between(a: number, b: number, share: number): number {
    const [from, to] = [this.#positionOf(a), this.#positionOf(b)];
    return this.#numberAt(from + (to - from) * share);
  }

  *all(): Generator<number> {
    if (this.#last !== undefined) for (let index = 0; index <= this.#last; index++) yield this.#onGrid(index);
    // The halves, then the quarters, the eighths, …: 1/2, 1/4, 3/4, 1/8, …
    else for (let parts = 2; ; parts *= 2) for (let odd = 1; odd < parts; odd += 2) yield this.#numberAt(odd / parts);
  }

  has(value: number): boolean {
    const { min, max } = this.#range;
    if (!(value >= min && value <= max)) return false;
    return this.#last === undefined || this.#onGrid(this.#indexOf(value)) === value;
  }

  #positionOf(value: number): number {
    const { min, max, scale } = this.#range;
    if (min === max) return 0;
    return scale === "log" ? Math.log(value / min) / Math.log(max / min) : (value - min) / (max - min);
  }

  #numberAt(position: number): number {
    const { min, max, scale } = this.#range;
    const exact = scale === "log" ? min * (max / min) ** position : min + (max - min) * position;
    const inside = Math.min(max, Math.max(min, exact));
    return this.#last === undefined ? inside : this.#onGrid(this.#indexOf(inside));
  }

  #indexOf(value: number): number {
    const { min, step = 1 } = this.#range;
    return Math.min(this.#last ?? 0, Math.round((value - min) / step));
  }

  /** Rounded, since 0.1 + 2 · 0.1 is 0.30000000000000004; never past the end of the range. */
  #onGrid(index: number): number {
    const { min, max, step = 0 } = this.#range;
    return index === 0 ? min : Math.min(max, Number((min + index * step).toPrecision(12)));
  }

  /** The next number of the grid in the direction of `offset`, or in the other one at an end. */
  #nextTo(from: number, offset: number): number {
    if (this.#last === undefined || this.#last === 0) return from;
    const index = this.#indexOf(from);
    const step = offset < 0 ? -1 : 1;
    return this.#onGrid(index + step < 0 || index + step > this.#last ? index - step : index + step);
  }
}

function requireRange(range: NumberRange): void {
  const { min, max, step, scale = "linear" } = range ?? {};
  if (!Number.isFinite(min) || !Number.isFinite(max) || min > max) {
    throw badSpace(`number needs finite min ≤ max; got ${preview(range)}.`);
  }
  if (!Number.isFinite(max - min)) throw badSpace(`number's range is too wide to compute with: ${preview(range)}.`);
  if (step !== undefined && !(Number.isFinite(step) && step > 0)) {
    throw badSpace(
      `number's step is a number above 0; got ${preview(step)}. Leave it out for every number of the range.`,
    );
  }
  if (scale !== "linear" && scale !== "log")
    throw badSpace(`number's scale is "linear" or "log"; got ${preview(scale)}.`);
  if (scale === "log" && min <= 0) throw badSpace(`number on a log scale needs min above 0; got ${min}.`);
}
