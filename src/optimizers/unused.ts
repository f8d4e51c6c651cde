/** What a step had and did not use, in sentences with the reason, for people who step by hand. */

import type { Parameter } from "../nodes/parameter.ts";

/** The parameters that a step passed over. */
export interface PassedOver {
  /** Reached by the feedback, but not the optimizer's. */
  readonly others: readonly Parameter[];
  /** The optimizer's, but not reached by the feedback. */
  readonly unreached: readonly Parameter[];
  /** The optimizer's, at which feedback of other graphs still waits. */
  readonly waiting: readonly Parameter[];
}

/** A sentence for each kind of what was not used; none when all was. */
export function unusedText({ others, unreached, waiting }: PassedOver): readonly string[] {
  const sentences: string[] = [];
  if (others.length > 0) {
    sentences.push(
      `Feedback reached ${namesOf(others)}, which this optimizer does not change: give it to the optimizer beside its ` +
        "target, or step the optimizer that holds it.",
    );
  }
  if (unreached.length > 0) {
    sentences.push(
      `No feedback was left for ${namesOf(unreached)}: the output did not depend on it in these runs, or the ` +
        "optimizer that shares it has taken the feedback.",
    );
  }
  if (waiting.length > 0) {
    sentences.push(`Feedback on other graphs still waits at ${namesOf(waiting)}: a step without a credit takes it.`);
  }
  return sentences;
}

function namesOf(parameters: readonly Parameter[]): string {
  return parameters.map(({ name }) => `"${name}"`).join(", ");
}
