/** The program that is learned: it places circles in the unit square. */

import { bundle } from "tracegrad";
import { fastSandbox } from "../shared/fast-sandbox.ts";
import { memoize } from "../shared/memoize.ts";

/** A circle: its centre and its radius. */
export type Circle = readonly [x: number, y: number, radius: number];

/** Places `count` circles. */
export const pack = bundle(
  /**
   * Places `count` circles in the unit square [0, 1] × [0, 1], without overlaps, so that the sum of their radii is as
   * large as possible. Returns one [x, y, radius] for each circle. It may compute its layout: anything from a
   * construction by hand to numerical optimization.
   */
  function pack(count: number): [number, number, number][] {
    const side = Math.ceil(Math.sqrt(count));
    const radius = 1 / (2 * side);
    const circles: [number, number, number][] = [];
    for (let index = 0; index < count; index++) {
      const [row, column] = [Math.floor(index / side), index % side];
      circles.push([radius * (2 * column + 1), radius * (2 * row + 1), radius]);
    }
    return circles;
  },
  {
    trainable: true,
    constraint:
      "Plain TypeScript or JavaScript in one function, with helpers inside of it and no imports. The same call must give the same " +
      "circles each time. Aim at 2 seconds of computing at most; a call is stopped after 60 seconds, and scores 0 then.",
    // Numerical optimization needs V8's speed. There is one problem, so a program computes its circles once.
    sandbox: memoize(fastSandbox(), 2 ** 26),
    timeoutMs: 60_000,
  },
);
