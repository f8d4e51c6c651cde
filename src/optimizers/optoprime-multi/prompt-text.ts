/** The words that OptoPrimeMulti says to the model beside OptoPrime's, in one place. */

import { answerOrder } from "../prompt/answer.ts";

/** The tools by which a proposal is picked, and experts are named. */
export const pickTool = "pick_proposal";
export const expertsTool = "name_experts";

/** Stands before the proposal that is to be refined. */
export const refineText: string =
  "A proposal for the variables was made already. Look for what it misses or gets wrong, and answer with a " +
  "refined one: whole, not only the difference to it.";

/** Stands before the proposals that the next one must differ from. */
export const differText: string =
  "Proposals for the variables were made already. Propose another way to follow the feedback, one that differs " +
  "from all of them in its idea.";

/** Stands before the proposals that are to be merged. */
export const mergeText: string =
  "Several proposals for the variables were made independently. Merge them into one that is better than each: " +
  "take over what they have in common and what is right in only one, leave out what is wrong.";

/** Stands before the proposals of which one is to be picked. */
export const pickText: string =
  "Several proposals for the variables were made. Each has been checked and can be taken as it is.";

/** How the pick is to be answered. */
export function pickInstructions(numbers: readonly number[]): string {
  return (
    "Do not propose values of your own. Decide which of the proposals under # Context would get the best " +
    "feedback in the next run, also on other inputs of the same kind. " +
    `${answerOrder(pickTool)}\n{"reasoning": "<why>", "best": <its number>}\n` +
    `The number is one of: ${numbers.join(", ")}.`
  );
}

/** Who is to answer. */
export function expertText(expert: string): string {
  return `Solve this as the following expert would, by that expert's own knowledge and way of working: ${expert}`;
}

/** How the names of experts are to be answered. */
export function expertsInstructions(count: number): string {
  return (
    `Do not propose values yet. Name ${count} experts whose different knowledge would help most with this problem, ` +
    `each in one sentence that says what they know and how they work. ${answerOrder(expertsTool)}\n` +
    '{"experts": ["<expert>", …]}'
  );
}

/** Who is asked when the model names nobody. */
export const defaultExperts: readonly string[] = [
  "A debugger, who traces the feedback back to the one cause that explains most of it and changes as little as " +
    "possible.",
  "A domain specialist, who knows how such tasks are solved well and puts that knowledge into the variables.",
  "A sceptic, who asks which change will hold for inputs that are not shown, and removes what only fits these.",
];
