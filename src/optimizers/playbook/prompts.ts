/** Writes the prompts of the reflector and the curator, each of bounded length: the same step gives the same bytes. */

import { feedbackWithin } from "../../graph/feedback.ts";
import { cut, headOf } from "../../util/cut.ts";
import { TracegradError } from "../../util/errors.ts";
import { preview } from "../../util/preview.ts";
import { contextOf, type Problem } from "../problem.ts";
import { joinSections, type PromptSection } from "../prompt/text.ts";
import { type TokenLimit, writeWithin } from "../prompt/within-tokens.ts";
import type { ContextValue } from "../run-view/values.ts";
import { type Playbook, type PlaybookLimits, playbookText, playbookTokens } from "./bullets.ts";
import { curatorInstructions, emptyText, reflectorInstructions } from "./prompt-text.ts";
import { type Reflection, reflectionText } from "./reflection.ts";

/** What both prompts hold. */
export interface PromptBasis {
  readonly objective: string;
  /** More for the model to know. */
  readonly note: string | undefined;
  readonly playbook: Playbook;
  readonly limit: TokenLimit;
}

/** What a prompt holds, and the most characters that it may have. */
interface BoundedBasis extends PromptBasis {
  readonly maxCharacters: number;
}

/**
 * The reflector's prompt: the feedback gets at most half of the space that the playbook leaves, the runs get the rest.
 */
export function reflectorText(basis: PromptBasis, problem: Problem, before: Reflection | undefined): string {
  const write = (maxCharacters: number) => reflectorTextWithin({ ...basis, maxCharacters }, problem, before);
  return writeWithin(basis.limit, (maxCharacters) => ({ text: write(maxCharacters) })).text;
}

function reflectorTextWithin(basis: BoundedBasis, problem: Problem, before: Reflection | undefined): string {
  const sections = (runs: string, feedback: string): readonly PromptSection[] => [
    ...common(basis),
    ["Runs", runs],
    ["Feedback", feedback],
    ["Your reflection so far", before === undefined ? undefined : reflectionText(before)],
    ["Your answer", reflectorInstructions],
  ];
  const roomLeft = (feedback: string) => basis.maxCharacters - joinSections(sections("", feedback)).length;
  const feedback = feedbackWithin(problem.feedback, Math.max(minFeedbackLength, roomLeft("") / 2));
  const room = roomLeft(feedback);
  return requireLength(joinSections(sections(room < 0 ? "" : runsText(problem, room), feedback)), basis);
}

/** The curator's prompt. `dropped` are the texts of the bullets that were dropped last. */
export function curatorText(
  basis: PromptBasis,
  limits: PlaybookLimits,
  reflection: Reflection,
  dropped: readonly string[],
): string {
  const write = (maxCharacters: number) => curatorTextWithin({ ...basis, maxCharacters }, limits, reflection, dropped);
  return writeWithin(basis.limit, (maxCharacters) => ({ text: write(maxCharacters) })).text;
}

function curatorTextWithin(
  basis: BoundedBasis,
  limits: PlaybookLimits,
  reflection: Reflection,
  dropped: readonly string[],
): string {
  const { playbook } = basis;
  const bounds =
    `Sections: ${limits.sections.join(", ")}.\n` +
    `${playbook.bullets.length} of at most ${limits.maxBullets} bullets, ` +
    `about ${playbookTokens(playbook)} of at most ${limits.maxTokens} tokens.`;
  const sections: readonly PromptSection[] = [
    ...common(basis),
    ["Bounds", bounds],
    ["Left out", dropped.map((text) => `- ${text.replace(/\s+/g, " ")}`)],
    ["Reflection", reflectionText(reflection)],
    ["Your answer", curatorInstructions],
  ];
  return requireLength(joinSections(sections), basis);
}

/** Shorter feedback teaches nothing, however full the prompt is. */
const minFeedbackLength = 400;

function common({ objective, note, playbook, maxCharacters }: BoundedBasis): readonly PromptSection[] {
  const bullets = playbookText(playbook, { counts: true });
  return [
    ["Objective", objective],
    ["Note", note === undefined ? undefined : cut(note, Math.floor(0.1 * maxCharacters))],
    ["Playbook", bullets === "" ? emptyText : bullets],
  ];
}

function requireLength(text: string, { maxCharacters }: BoundedBasis): string {
  if (text.length <= maxCharacters) return text;
  throw new TracegradError(
    "prompt-too-large",
    `The objective and the playbook alone need ${text.length} characters; the ` +
      `prompt may have ${maxCharacters}. Raise \`maxPromptTokens\`, or make the playbook with a smaller \`maxTokens\`.`,
  );
}

/** How many characters of a value are shown: the first limit at which everything fits is used. */
const valueLimits = [2_000, 600, 250];

/** The runs in at most `room` characters: first values are cut, then those farthest from the output are left out. */
function runsText(problem: Problem, room: number): string {
  const context = [...contextOf(problem)];
  for (const limit of valueLimits) {
    const text = context.map((value) => lineOf(value, limit)).join("\n");
    if (text.length <= room) return text;
  }
  const limit = valueLimits.at(-1) as number;
  const nearestFirst = context
    .map((value, index) => ({ index, line: lineOf(value, limit), distance: value.distance }))
    .sort((one, other) => one.distance - other.distance || other.index - one.index);
  const fitting: typeof nearestFirst = [];
  let left = room - noteLength;
  for (const value of nearestFirst) {
    left -= value.line.length + 1;
    if (left < 0) break;
    fitting.push(value);
  }
  const lines = fitting.sort((one, other) => one.index - other.index).map(({ line }) => line);
  return [`(${context.length - fitting.length} values farther from the output are left out.)`, ...lines].join("\n");
}

const noteLength = 100;

function lineOf({ name, call, value, doc, role }: ContextValue, limit: number): string {
  const about = doc === undefined || doc === "" ? "" : ` // ${headOf(doc.replace(/\s+/g, " "), 200)}`;
  const output = role === "output" ? " (the output)" : "";
  return `${call ?? name}${about}${output}\n  = ${preview(value, limit)}`;
}
