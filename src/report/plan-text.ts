/** How a run uses its validation examples: which of them choose, which only decide, and what they could prove. */

import type { AcceptanceSpec } from "../training/acceptance/plan.ts";
import { type RecordedPlan, recordedPlan } from "../training/acceptance/verdict.ts";
import { gainText, plural, scoreText } from "./figures.ts";

/** The plan that the spec of a run names; undefined where it names none. */
export function planText(spec: unknown): string | undefined {
  const plan = recordedPlan(spec);
  if (plan === undefined) return undefined;
  const { steering, deciding } = plan.acceptance;
  if (steering + deciding === 0) return withoutValidation(plan);
  const examples = plural(steering + deciding, "validation example");
  const parts = deciding > 0 ? separateParts(plan) : sharedParts(plan);
  return `${examples}: ${parts.join(" ")}`;
}

function withoutValidation({ selection }: RecordedPlan): string {
  const what = selection === "last" ? "the last candidate" : "the candidate with the best training score";
  return `No validation examples: ${what} ships, and nothing says whether it is better than the baseline.`;
}

/** Some examples choose, and others decide. */
function separateParts({ acceptance, selection }: RecordedPlan): readonly string[] {
  const { steering, deciding, ship } = acceptance;
  const rest = ship === "proven" ? [] : [`The finalist ships if it gains anything on those ${deciding}.`];
  return [
    `${steering} ${useOf(selection)}, ${deciding} only decide what ships.`,
    ...rest,
    proofText(acceptance, `those ${deciding}`),
  ];
}

/** The same examples choose and decide. */
function sharedParts({ acceptance, selection }: RecordedPlan): readonly string[] {
  const { steering, isSteered, ship, provenBy } = acceptance;
  const ships = {
    proven: "The finalist ships only if they prove it better.",
    likely: "The finalist ships if its gain, corrected for the selection, is positive.",
    best: "The finalist ships, proven or not.",
  }[ship];
  const proof = isSteered
    ? 'Their scores cannot prove a gain: only `acceptance: "proven"` or sealed test examples (`test: true`) can.'
    : proofText(acceptance, `those ${steering}`);
  const isTooFew = !isSteered && provenBy === undefined;
  return [
    `all ${useOf(selection)}.`,
    ships,
    proof,
    ...(isTooFew ? ["More of them could, or sealed test examples (`test: true`)."] : []),
  ];
}

function useOf(selection: RecordedPlan["selection"]): string {
  return selection === "bestValidation" ? "select the finalist" : "score the candidates and select none";
}

/** The smallest effect that `count` examples could prove. */
function proofText({ provenBy, range = [0, 1], steering, deciding }: AcceptanceSpec, examples: string): string {
  const reach = range[1] - range[0];
  if (provenBy === undefined) return "They are too few to prove a gain.";
  const gain = (provenBy / (deciding > 0 ? deciding : steering)) * reach;
  const condition = `it scores ${shortScore(reach)} higher on at least ${provenBy} of ${examples} and lower on none`;
  return `A candidate is proven better when ${condition} (${gainText(gain)} on average).`;
}

function shortScore(score: number): string {
  return Number.isInteger(score) ? String(score) : scoreText(score);
}
