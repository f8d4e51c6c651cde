/** Writes the prompts of the reflector and the curator, each of bounded length: the same step gives the same bytes. */

import type { FeedbackRecord } from "../../graph/feedback-record.ts";
import { feedbackText, feedbackWithin } from "../../graph/feedback-text.ts";
import { cut, cutToShare } from "../../util/cut.ts";
import type { Problem } from "../problem.ts";
import type { Images } from "../prompt/images.ts";
import { joinSections, type PromptSection } from "../prompt/text.ts";
import { type TokenLimit, TooLongError, writeWithin } from "../prompt/within-tokens.ts";
import { type Playbook, type PlaybookLimits, playbookText, playbookTokens } from "./bullets.ts";
import { curatorInstructions, emptyText, reflectorInstructions } from "./prompt-text.ts";
import { type Reflection, reflectionText } from "./reflection.ts";
import { runSections } from "./runs.ts";

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

/** What the reflector looks at. */
export interface ReflectedRuns {
  readonly problem: Problem;
  readonly images: Images;
  /** What it found before, where it looks again. */
  readonly before: Reflection | undefined;
}

/**
 * The reflector's prompt: the feedback gets at most half of the space that the playbook leaves, the runs get the rest.
 */
export function reflectorText(basis: PromptBasis, reflected: ReflectedRuns): string {
  const write = (maxCharacters: number) => reflectorTextWithin({ ...basis, maxCharacters }, reflected);
  return writeWithin(basis.limit, (maxCharacters) => ({ text: write(maxCharacters) })).text;
}

function reflectorTextWithin(basis: BoundedBasis, { problem, images, before }: ReflectedRuns): string {
  const sections = (runs: readonly PromptSection[], whole: string): readonly PromptSection[] => [
    ...common(basis),
    ...runs,
    ["Feedback", whole === "" ? undefined : whole],
    ["Your reflection so far", before === undefined ? undefined : reflectionText(before)],
    ["Your answer", reflectorInstructions],
  ];
  // With one more section, for what stands between the runs and the rest.
  const roomBeside = (whole: string) => basis.maxCharacters - joinSections([...sections([], whole), ["", ""]]).length;
  const { whole, each } = feedbackWithinRoom(problem, Math.max(minFeedbackLength, roomBeside("") / 2));
  const runs = runSections(problem, { limit: roomBeside(whole), feedback: each, images, playbook: basis.playbook });
  const text = joinSections(sections(runs, whole));
  return requireLength(text.length <= basis.maxCharacters ? text : joinSections(sections([], whole)), basis);
}

/** The feedback on each run, where that is known, else on all of them. */
function feedbackWithinRoom({ runs, feedback }: Problem, room: number) {
  const each = runs.flatMap((run) => (run.feedback === undefined ? [] : [feedbackText(run.feedback)]));
  if (runs.length > 1 && each.length === runs.length) return { whole: "", each: cutToShare(each, room) };
  return { whole: feedbackWithin(feedback, room), each: [] };
}

/** What the curator works on. */
export interface CuratedPlaybook {
  readonly limits: PlaybookLimits;
  readonly reflection: Reflection;
  readonly feedback: FeedbackRecord;
  /** The texts of the bullets that were dropped last. */
  readonly dropped: readonly string[];
}

/** The curator's prompt. */
export function curatorText(basis: PromptBasis, curated: CuratedPlaybook): string {
  const write = (maxCharacters: number) => curatorTextWithin({ ...basis, maxCharacters }, curated);
  return writeWithin(basis.limit, (maxCharacters) => ({ text: write(maxCharacters) })).text;
}

/** How much of the feedback the curator sees beside the reflection on it. */
const maxCuratorFeedback = 2_000;

function curatorTextWithin(basis: BoundedBasis, { limits, reflection, feedback, dropped }: CuratedPlaybook): string {
  const { playbook } = basis;
  const bounds =
    `Sections: ${limits.sections.join(", ")}.\n` +
    `${playbook.bullets.length} of at most ${limits.maxBullets} bullets, ` +
    `about ${playbookTokens(playbook)} of at most ${limits.maxTokens} tokens.`;
  const sections: readonly PromptSection[] = [
    ...common(basis),
    ["Limits", bounds],
    ["Left out", dropped.map((text) => `- ${text.replace(/\s+/g, " ")}`)],
    ["Feedback", feedbackWithin(feedback, maxCuratorFeedback)],
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
  throw new TooLongError("the objective and the playbook", text);
}
