/** What OptoPrime remembers of past steps: which of them, in what order, and how a prompt shows them. */

import { feedbackText, feedbackWithin, scoreText } from "../../graph/feedback-text.ts";
import { cut, shorten, within } from "../../util/cut.ts";
import { preview } from "../../util/preview.ts";
import type { Proposal } from "../algorithm.ts";
import type { Problem } from "../problem.ts";
import { imageText } from "../prompt/images.ts";
import type { ReplyFormat } from "../prompt/reply.ts";
import { fenced, valueText } from "../prompt/text.ts";
import { errorOf, withoutError } from "../run-view/text.ts";
import type { Refusal } from "../suggestion.ts";

/** One past step, as JSON. */
export type OptoPrimeRound = {
  /** The values that ran, as text by name. */
  readonly variables: Readonly<Record<string, string>>;
  /** The feedback on the outputs. */
  readonly feedback: string;
  /** The score of the feedback; absent without one. */
  readonly score?: number;
  /** What was proposed then and refused to the end of the step, with the reasons; absent when nothing was. */
  readonly refused?: readonly string[];
  /** What was left out of a proposal that was taken, with the reasons; absent when nothing was. */
  readonly dropped?: readonly string[];
};

/** A step that has just been taken. */
export interface FinishedStep {
  readonly problem: Problem;
  readonly proposal: Proposal;
  readonly format: ReplyFormat;
}

/** How many characters of a value or of feedback are remembered of a past step. */
const maxRemembered = 20_000;

/** The step as a round. */
export function roundOf({ problem, proposal, format }: FinishedStep): OptoPrimeRound {
  const { variables, feedback } = problem;
  const texts = variables.map(
    ({ name, value }) => [name, cut(imageText(value, new Map()) ?? valueText(value), maxRemembered)] as const,
  );
  const refused = refusedTexts({ problem, proposal, format });
  const dropped = (proposal.dropped ?? []).map((one) => reasonText(one));
  return {
    variables: Object.fromEntries(texts),
    feedback: feedbackOf(problem),
    ...(feedback.score === undefined ? {} : { score: feedback.score }),
    ...(refused.length === 0 ? {} : { refused }),
    ...(dropped.length === 0 ? {} : { dropped: within(dropped, maxDropped) }),
  };
}

/** The feedback of a step; on several runs that failed alike the error once. */
function feedbackOf({ feedback, runs }: Problem): string {
  if (runs.length < 2 || runs.some((run) => run.feedback === undefined)) return feedbackWithin(feedback, maxRemembered);
  const failed = new Map<string, number>();
  const texts = runs.map((run, index) => {
    const text = feedbackText(run.feedback ?? {});
    const error = errorOf(run.values);
    const first = error === undefined ? undefined : failed.get(error);
    if (error !== undefined && first === undefined) failed.set(error, index + 1);
    return `Run ${index + 1}: ${first === undefined ? text : withoutError(text, run.values, `the error of run ${first}`)}`;
  });
  const { score, maxScore } = feedback;
  const mean = score === undefined ? [] : [`Mean score: ${scoreText(score, maxScore)}`];
  return [...within(texts, maxRemembered), ...mean].join("\n");
}

/** What the last answer proposed and why that was refused, a line each. */
function refusedTexts({ problem, proposal, format }: FinishedStep): readonly string[] {
  const last = proposal.exchanges.at(-1);
  if (proposal.refused.length === 0 || last === undefined) return [];
  const read = format.read(last.reply, problem);
  const values = "values" in read ? read.values : new Map<string, unknown>();
  return proposal.refused.map((refusal) => {
    const { name } = refusal;
    const value = name !== undefined && values.has(name) ? ` = ${preview(values.get(name), 300)}` : "";
    return reasonText(refusal, value);
  });
}

/** How many characters of what was left out are remembered of a past step. */
const maxDropped = 1_200;

function reasonText({ name, reason }: Refusal, value = ""): string {
  const text = shorten(reason.replace(/\s+/g, " "), 600);
  return name === undefined ? text : `${shorten(name, 100)}${value}: ${text}`;
}

/** Picks the rounds to remember, at most `max`, in the order in which the prompt shows them. */
export function trimRounds(
  rounds: readonly OptoPrimeRound[],
  max: number,
  order: "recent" | "score",
): readonly OptoPrimeRound[] {
  if (max === 0) return [];
  if (order === "recent") return rounds.slice(-max);
  const newest = rounds.at(-1) as OptoPrimeRound;
  const best = rounds
    .slice(0, -1)
    .sort(byScore)
    .slice(1 - max);
  return [...(max === 1 ? [] : best), newest].sort(byScore);
}

/**
 * Worst first; rounds without a score count as the worst. Sorting is stable, so that of equal ones the older comes
 * first.
 */
function byScore(a: OptoPrimeRound, b: OptoPrimeRound): number {
  const [one, other] = [a.score ?? -Infinity, b.score ?? -Infinity];
  return one === other ? 0 : one - other;
}

/** A round as the prompt shows it. */
export function roundText(
  round: OptoPrimeRound,
  { number, withScore }: { number: number; withScore: boolean },
): string {
  const { variables, feedback, score, refused = [], dropped = [] } = round;
  const heading = withScore
    ? `## Step ${number} (${score === undefined ? "no score" : `score ${score}`})`
    : `## Step ${number}`;
  const values = Object.entries(variables).map(([name, text]) => `${name}:\n${fenced(text)}`);
  const refusals =
    refused.length === 0
      ? []
      : ["Proposed then and refused, so nothing was changed:", ...refused.map((one) => `- ${one}`)];
  const leftOut =
    dropped.length === 0 ? [] : ["Left out of what was proposed then:", ...dropped.map((one) => `- ${one}`)];
  return [heading, ...values, `Feedback: ${feedback}`, ...refusals, ...leftOut].join("\n");
}
