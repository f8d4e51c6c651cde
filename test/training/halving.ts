/** A run that learns an offset of 8 by halves: each step halves what is missing, by what the prompt alone says. */

import { type Node, parameter, type TrainOptions } from "tracegrad";
import { split } from "tracegrad/data";
import { code } from "tracegrad/guides";
import { add } from "tracegrad/operators";
import { optoPrime } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";

/** The options of `train`, with a parameter and a model of their own. Each validation score differs in all its digits. */
export function halving(
  changes: Partial<TrainOptions<number, number, number>> = {},
): TrainOptions<number, number, number> {
  const offset = parameter(0, { name: "offset" });
  const llm = scripted((request) => {
    const now = Number(/\(number\) offset[^]*?```\n(-?[\d.]+)\n```/.exec(String(request.messages[0]?.content))?.[1]);
    return JSON.stringify({ reasoning: "Half of the way.", suggestion: { offset: now + (8 - now) / 2 } });
  });
  return {
    agent: (input: number): Node<number> => add(input, offset),
    optimizer: optoPrime(offset, { llm }),
    guide: code<number, number, number>((_input, output, target) => 1 / (1 + Math.abs(target - output))),
    data: split(
      Array.from({ length: 9 }, (_, input) => ({ input, target: input + 8 })),
      { train: 3, validation: 3 },
    ),
    ...changes,
  };
}
