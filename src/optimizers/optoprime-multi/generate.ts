/** Has several proposals made for one problem: side by side where they do not depend on each other, else in turn. */

import type { LanguageModel } from "../../llm/llm.ts";
import { mapLimited } from "../../util/limit.ts";
import type { Problem } from "../problem.ts";
import { type Attempt, candidatesText, isValid, lastValid } from "./candidate.ts";
import { differText, expertText, refineText } from "./prompt-text.ts";
import { countOf, type OptoPrimeMultiAlgorithmOptions } from "./settings.ts";

/** What sets one attempt apart from the others. */
export interface Variation {
  /** How it is called in reports. */
  readonly made: string;
  readonly note?: string;
  readonly temperature?: number;
  /** Who is asked. Default: the optimizer's model. */
  readonly llm?: LanguageModel;
}

/** What the attempts of a step are made with. */
export interface Step {
  readonly settings: OptoPrimeMultiAlgorithmOptions;
  readonly problem: Problem;
  /** Makes the attempt of this number. */
  attempt(number: number, variation: Variation): Promise<Attempt>;
}

/** The attempts of a step, in the order of their numbers. `experts` are asked for when they are needed. */
export async function generated(step: Step, experts: () => Promise<readonly string[]>): Promise<readonly Attempt[]> {
  const { generation = "temperature", models = [] } = step.settings;
  const numbers = Array.from({ length: countOf(step.settings) }, (_, index) => index);
  if (generation === "temperature") return together(step, numbers.map(temperatureOf(step.settings)));
  if (generation === "selfRefinement") return inTurn(step, refinement);
  if (generation === "alternatives") return inTurn(step, alternative);
  if (generation === "models") {
    const asked = numbers.map((index) => models[index % models.length] as LanguageModel);
    return together(
      step,
      asked.map((llm) => ({ made: `model ${llm.name}`, llm })),
    );
  }
  const named = await experts();
  const personas = numbers.map((index) => named[index % named.length] as string);
  return together(
    step,
    personas.map((expert, index) => ({ made: `expert ${(index % named.length) + 1}`, note: expertText(expert) })),
  );
}

/** All at once. When one ends the step, the others are waited for first, so that nothing goes on unseen. */
function together({ attempt }: Step, variations: readonly Variation[]): Promise<readonly Attempt[]> {
  return mapLimited(variations, variations.length, (variation, index) => attempt(index + 1, variation));
}

/** One after the other, each with a view of those before. */
async function inTurn(
  step: Step,
  variationOf: (earlier: readonly Attempt[], step: Step) => Variation,
): Promise<readonly Attempt[]> {
  const attempts: Attempt[] = [];
  for (let number = 1; number <= countOf(step.settings); number++) {
    attempts.push(await step.attempt(number, variationOf(attempts, step)));
  }
  return attempts;
}

/** A linear spread, the highest temperature first. */
function temperatureOf(settings: OptoPrimeMultiAlgorithmOptions): (index: number) => Variation {
  const { min, max } = settings.temperatures ?? { min: 0, max: 1 };
  const last = countOf(settings) - 1;
  return (index) => {
    const temperature = last === 0 ? max : max - (index * (max - min)) / last;
    return { made: `temperature ${Number(temperature.toFixed(3))}`, temperature };
  };
}

/** Refines the last valid proposal. */
function refinement(earlier: readonly Attempt[], step: Step): Variation {
  const previous = lastValid(earlier);
  if (previous === undefined) return { made: "first proposal" };
  return { made: `refinement of ${previous.number}`, note: told(refineText, [previous], step) };
}

/** Differs from all valid proposals. */
function alternative(earlier: readonly Attempt[], step: Step): Variation {
  const valid = earlier.filter(isValid);
  if (valid.length === 0) return { made: "first proposal" };
  return {
    made: `alternative to ${valid.map(({ number }) => number).join(", ")}`,
    note: told(differText, valid, step),
  };
}

/** A text, then the proposals it speaks of, in half of the prompt's room at most. */
export function told(
  text: string,
  attempts: readonly Attempt[],
  { problem, settings }: Pick<Step, "problem" | "settings">,
): string {
  const charactersOfHalf = 2 * (settings.maxPromptTokens ?? 24_000);
  return `${text}\n\n${candidatesText(attempts, problem, charactersOfHalf)}`;
}
