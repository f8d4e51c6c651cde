/** Makes several proposals for one problem: at once where they do not depend on each other, else in turn. */

import type { LanguageModel } from "../../llm/llm.ts";
import { mapLimited } from "../../util/limit.ts";
import type { Problem } from "../problem.ts";
import { candidatesText, isValid, lastValid, type ProposalAttempt } from "./candidate.ts";
import { differText, expertText, refineText } from "./prompt-text.ts";
import type { OptoPrimeMultiSettings } from "./settings.ts";

/** What sets one attempt apart from the others. */
export interface Variation {
  /** What a report calls it. */
  readonly origin: string;
  readonly note?: string;
  readonly temperature?: number;
  /** The model to ask. Default: the optimizer's model. */
  readonly llm?: LanguageModel;
}

/** What the attempts of a step are made from. */
export interface MultiStep {
  readonly settings: OptoPrimeMultiSettings;
  readonly problem: Problem;
  /** Makes the attempt of this number. */
  attempt(number: number, variation: Variation): Promise<ProposalAttempt>;
}

/** Makes the attempts of a step, in the order of their numbers. Calls `experts` only when they are needed. */
export async function makeAttempts(
  step: MultiStep,
  experts: () => Promise<readonly string[]>,
): Promise<readonly ProposalAttempt[]> {
  const { generation, models } = step.settings;
  const numbers = Array.from({ length: step.settings.candidates }, (_, index) => index);
  if (generation === "temperature") return atOnce(step, numbers.map(temperatureOf(step.settings)));
  if (generation === "selfRefinement") return inTurn(step, refinement);
  if (generation === "alternatives") return inTurn(step, alternative);
  if (generation === "models") {
    return atOnce(
      step,
      numbers.map((index) => elementAt(models ?? [], index)).map((llm) => ({ origin: `model ${llm.name}`, llm })),
    );
  }
  const names = await experts();
  return atOnce(
    step,
    numbers.map((index) => ({
      origin: `expert ${(index % names.length) + 1}`,
      note: expertText(elementAt(names, index)),
    })),
  );
}

/** The element at `index`, in turn. */
function elementAt<T>(all: readonly T[], index: number): T {
  return all[index % all.length] as T;
}

/** All at once. When one ends the step, the others are awaited first, so that none runs on unseen. */
function atOnce({ attempt }: MultiStep, variations: readonly Variation[]): Promise<readonly ProposalAttempt[]> {
  return mapLimited(variations, variations.length, (variation, index) => attempt(index + 1, variation));
}

/** One after the other; each sees those before it. */
async function inTurn(
  step: MultiStep,
  variationOf: (earlier: readonly ProposalAttempt[], step: MultiStep) => Variation,
): Promise<readonly ProposalAttempt[]> {
  const attempts: ProposalAttempt[] = [];
  for (let number = 1; number <= step.settings.candidates; number++) {
    attempts.push(await step.attempt(number, variationOf(attempts, step)));
  }
  return attempts;
}

/** A linear spread, the highest temperature first. */
function temperatureOf(settings: OptoPrimeMultiSettings): (index: number) => Variation {
  const { min, max } = settings.temperatures;
  const last = settings.candidates - 1;
  return (index) => {
    const temperature = last === 0 ? max : max - (index * (max - min)) / last;
    return { origin: `temperature ${Number(temperature.toFixed(3))}`, temperature };
  };
}

/** Refines the last valid proposal. */
function refinement(earlier: readonly ProposalAttempt[], step: MultiStep): Variation {
  const previous = lastValid(earlier);
  if (previous === undefined) return { origin: "first proposal" };
  return { origin: `refinement of ${previous.number}`, note: withProposals(refineText, [previous], step) };
}

/** Differs from all valid proposals. */
function alternative(earlier: readonly ProposalAttempt[], step: MultiStep): Variation {
  const valid = earlier.filter(isValid);
  if (valid.length === 0) return { origin: "first proposal" };
  return {
    origin: `alternative to ${valid.map(({ number }) => number).join(", ")}`,
    note: withProposals(differText, valid, step),
  };
}

/** Characters of the proposals for each token of the prompt, so that they take about half of it. */
const proposalLengthPerToken = 2;

/** A text and the proposals that it is about, in about half of the prompt at most. */
export function withProposals(
  text: string,
  attempts: readonly ProposalAttempt[],
  { problem, settings }: Pick<MultiStep, "problem" | "settings">,
): string {
  const limit = settings.maxPromptTokens * proposalLengthPerToken;
  return `${text}\n\n${candidatesText(attempts, problem, limit)}`;
}
