/** Why a run ended, in words: the same on the page, the console and the command line. */

import type { EndReason } from "../training/types.ts";

const reasons: Readonly<Record<EndReason, string>> = {
  budget: "budget used up",
  goal: "goal reached",
  patience: "no improvement",
  aborted: "stopped by you",
  failures: "the last outputs got no score",
  data: "no data left",
  done: "the search has nothing left to do",
  idle: "the search found nothing new for too long",
  perfect: "nothing left to improve, since all validation or training examples have the highest score",
};

/** Why a run ended, as a heading: `Finished: budget used up`. */
export function endHeading(reason: EndReason): string {
  return reason === "aborted"
    ? "Stopped by you"
    : `${reason === "failures" ? "Stopped" : "Finished"}: ${textOf(reason)}`;
}

/** When and why a run ended: `finished after 3 steps: budget used up`. `length` is how far it came: `3 steps`. */
export function endSentence(reason: EndReason, length: string): string {
  if (reason === "aborted") return `stopped by you after ${length}`;
  return `${reason === "failures" ? "stopped" : "finished"} after ${length}: ${textOf(reason)}`;
}

/** A reason of a newer version stands for itself. */
function textOf(reason: EndReason): string {
  return reasons[reason] ?? reason;
}
