/** Writes the prompts of the reflector and the curator, each of bounded length: the same step gives the same bytes. */

import { feedbackWithin } from "../../graph/feedback.ts";
import { cut } from "../../util/cut.ts";
import { TracegradError } from "../../util/errors.ts";
import type { Problem } from "../problem.ts";
import type { Playbook, PlaybookLimits } from "./bullets.ts";
import { curatorInstructions, emptyText, reflectorInstructions } from "./prompt-text.ts";
import { type Reflection, reflectionText } from "./reflection.ts";
import { runsText } from "./runs-text.ts";
import { playbookText, playbookTokens } from "./text.ts";

/** What both prompts hold. */
export interface PromptBasis {
  readonly objective: string;
  /** More for the model to know. */
  readonly note: string | undefined;
  readonly playbook: Playbook;
  /** The most tokens of the prompt. */
  readonly maxTokens: number;
}

const charactersPerToken = 4;

type Section = readonly [title: string, text: string | undefined];

/**
 * The reflector's prompt: feedback takes at most half of the room that the playbook leaves, and what ran takes the
 * rest.
 */
export function reflectorText(basis: PromptBasis, problem: Problem, before: Reflection | undefined): string {
  const sections = (runs: string, feedback: string): readonly Section[] => [
    ...common(basis),
    ["Runs", runs],
    ["Feedback", feedback],
    ["Your reflection so far", before === undefined ? undefined : reflectionText(before)],
    ["Your answer", reflectorInstructions],
  ];
  const roomBeside = (feedback: string) =>
    basis.maxTokens * charactersPerToken - assembled(sections("", feedback)).length;
  const feedback = feedbackWithin(problem.feedback, Math.max(leastFeedback, roomBeside("") / 2));
  const room = roomBeside(feedback);
  return bounded(assembled(sections(room < 0 ? "" : runsText(problem, room), feedback)), basis);
}

/** The curator's prompt. `dropped` are texts of bullets that were left out lately. */
export function curatorText(
  basis: PromptBasis,
  limits: PlaybookLimits,
  reflection: Reflection,
  dropped: readonly string[],
): string {
  const { playbook } = basis;
  const bounds =
    `Sections: ${limits.sections.join(", ")}.\n` +
    `${playbook.bullets.length} of at most ${limits.maxBullets} bullets, about ${playbookTokens(playbook)} of at most ${limits.maxTokens} tokens.`;
  const sections: readonly Section[] = [
    ...common(basis),
    ["Bounds", bounds],
    ["Left out", dropped.length === 0 ? undefined : dropped.map((text) => `- ${text.replace(/\s+/g, " ")}`).join("\n")],
    ["Reflection", reflectionText(reflection)],
    ["Your answer", curatorInstructions],
  ];
  return bounded(assembled(sections), basis);
}

/** With less than this feedback teaches nothing, however full the prompt is. */
const leastFeedback = 400;

function common({ objective, note, playbook, maxTokens }: PromptBasis): readonly Section[] {
  const bullets = playbookText(playbook, { counts: true });
  return [
    ["Objective", objective],
    ["Note", note === undefined ? undefined : cut(note, Math.floor(0.1 * maxTokens * charactersPerToken))],
    ["Playbook", bullets === "" ? emptyText : bullets],
  ];
}

function assembled(sections: readonly Section[]): string {
  return sections
    .filter(([, text]) => text !== undefined)
    .map(([title, text]) => `# ${title}\n${text}`)
    .join("\n\n");
}

function bounded(text: string, { maxTokens }: PromptBasis): string {
  if (text.length <= maxTokens * charactersPerToken) return text;
  throw new TracegradError(
    "prompt-too-large",
    `The objective and the playbook alone need about ${Math.ceil(text.length / charactersPerToken)} tokens; the ` +
      `prompt may have ${maxTokens}. Raise \`maxPromptTokens\`, or make the playbook with a smaller \`maxTokens\`.`,
  );
}
