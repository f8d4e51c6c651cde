/** What a call took, for people: time, tokens and cost, where they are known. */

import type { Node } from "../nodes/node.ts";
import type { CallFigures } from "../nodes/operation.ts";

/** What the call that made `node` took, with the calls inside of its body; undefined where nothing is known. */
export function figuresOf(node: Node): CallFigures | undefined {
  const { details } = node;
  if (details === undefined) return undefined;
  const [first, ...others] = [...new Set(details.inner)].flatMap((inner) => figuresOf(inner) ?? []);
  return details.figures ?? (first === undefined ? undefined : others.reduce(sumOf, first));
}

/** The calls of a body may run side by side, so their seconds together are no time of the whole. */
function sumOf(one: CallFigures, other: CallFigures): CallFigures {
  const keys = (["inputTokens", "outputTokens", "usd"] as const).filter(
    (key) => one[key] !== undefined && other[key] !== undefined,
  );
  const sums = Object.fromEntries(keys.map((key) => [key, Number(one[key]) + Number(other[key])]));
  const isOne = one.model !== undefined && one.model === other.model;
  return { seconds: one.seconds + other.seconds, ...(isOne ? { model: one.model } : {}), ...sums };
}

/** The figures as text, such as `1.2 s, 210 + 20 tokens, $0.0013`: input and output tokens. */
export function figuresText({ seconds, inputTokens, outputTokens, usd }: CallFigures): string {
  const tokens =
    inputTokens === undefined && outputTokens === undefined
      ? []
      : [`${inputTokens ?? "?"} + ${outputTokens ?? "?"} tokens`];
  const cost = usd === undefined ? [] : [`$${Number(usd.toPrecision(2))}`];
  return [`${Number(seconds.toPrecision(2))} s`, ...tokens, ...cost].join(", ");
}
