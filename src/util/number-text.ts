/** Numbers as people write them. */

/** A number in words for people, without the digits that only come of adding up fractions: 0.3, not 0.30000000000000004. */
export function numberText(value: number): string {
  return String(Number(value.toPrecision(12)));
}
