/** Judges a packing: the sum of the radii, if no circle overlaps another or leaves the square; else 0. */

import type { Judgement } from "tracegrad/guides";
import type { Circle } from "./agent.ts";

/** How far circles may overlap or stick out: rounding errors, and nothing that a picture would show. */
export const tolerance = 1e-9;
/** Gaps below this count as contacts, in the feedback. */
const contact = 1e-6;
const sides = ["left", "bottom", "right", "top"] as const;

/** Something that makes a packing invalid, and by how much. */
interface Fault {
  readonly text: string;
  readonly size: number;
}

/** The score and the feedback of a packing of `count` circles. */
export function judgePacking(circles: unknown, count: number): Judgement {
  if (!isList(circles)) return invalid("The result is not a list of [x, y, radius] with finite numbers.");
  if (circles.length !== count) return invalid(`There are ${circles.length} circles instead of ${count}.`);
  const faults = faultsOf(circles);
  if (faults.length > 0) return invalid(faultText(faults));
  const sum = circles.reduce((total, [, , radius]) => total + radius, 0);
  return { score: sum, text: `A valid packing. The sum of the radii is ${sum.toFixed(7)}.\n${shapeText(circles)}` };
}

function invalid(text: string): Judgement {
  return { score: 0, text: `Not a valid packing, so it scores 0. ${text}` };
}

function isList(circles: unknown): circles is readonly Circle[] {
  return (
    Array.isArray(circles) && circles.every((one) => Array.isArray(one) && one.length === 3 && one.every(isNumber))
  );
}

const isNumber = (value: unknown): boolean => typeof value === "number" && Number.isFinite(value);

/** All faults, the largest first. */
function faultsOf(circles: readonly Circle[]): readonly Fault[] {
  const faults: Fault[] = [];
  circles.forEach((circle, at) => {
    const radius = circle[2];
    if (radius <= 0) faults.push({ text: `circle ${at} has the radius ${radius}`, size: 1 - radius });
    gapsToSides(circle).forEach((gap, side) => {
      const text = `circle ${at} sticks out by ${digits(-gap)} on the ${sides[side]}`;
      if (gap < -tolerance) faults.push({ text, size: -gap });
    });
    for (let other = 0; other < at; other++) {
      const gap = gapBetween(circle, circles[other] as Circle);
      const text = `circles ${other} and ${at} overlap by ${digits(-gap)}`;
      if (gap < -tolerance) faults.push({ text, size: -gap });
    }
  });
  return faults.sort((a, b) => b.size - a.size);
}

function faultText(faults: readonly Fault[]): string {
  const worst = faults.slice(0, 6).map(({ text }) => text);
  const more = faults.length > worst.length ? `, and ${faults.length - worst.length} smaller faults` : "";
  return `${worst.join("; ")}${more}. Overlaps up to ${tolerance} are tolerated: shrink the radii a little at the end to be safe.`;
}

/** What a valid packing looks like: how large its circles are, and how tightly they sit. */
function shapeText(circles: readonly Circle[]): string {
  const radii = circles.map(([, , radius]) => radius).sort((a, b) => b - a);
  const slack = circles.map((circle, at) => {
    const others = circles.filter((_, other) => other !== at);
    return Math.min(...gapsToSides(circle), ...others.map((other) => gapBetween(circle, other)));
  });
  const free = slack.flatMap((gap, at) => (gap > contact ? [`${at} (${digits(gap)})`] : []));
  const touching = circles.flatMap((circle, at) =>
    circles.slice(0, at).filter((other) => gapBetween(circle, other) < contact),
  );
  const atSides = circles.flatMap(gapsToSides).filter((gap) => gap < contact);
  return [
    `Radii, largest first: ${radii.map((radius) => radius.toFixed(4)).join(" ")}.`,
    `Contacts: ${touching.length} between circles, ${atSides.length} with sides.`,
    free.length === 0
      ? "Every circle touches something: only moving circles can gain."
      : `Circles that touch nothing and could grow as they stand, with the smallest gap: ${free.join(", ")}.`,
  ].join("\n");
}

/** To the left, the bottom, the right and the top side. */
function gapsToSides([x, y, radius]: Circle): readonly number[] {
  return [x - radius, y - radius, 1 - x - radius, 1 - y - radius];
}

function gapBetween([x, y, radius]: Circle, [otherX, otherY, otherRadius]: Circle): number {
  return Math.hypot(x - otherX, y - otherY) - radius - otherRadius;
}

function digits(value: number): string {
  return value.toPrecision(3);
}
