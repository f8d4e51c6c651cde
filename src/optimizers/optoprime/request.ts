/** The request that OptoPrime makes of a problem: its prompt, as full as the limit of tokens permits, and the images. */

import type { ModelRequest, ReplyTool } from "../../llm/llm.ts";
import { shorten } from "../../util/cut.ts";
import type { ProposeContext } from "../algorithm.ts";
import type { Problem } from "../problem.ts";
import { contentOf, imagesOf } from "../prompt/images.ts";
import { scaledCounter, type TokenScale, TooLongError, writeWithin } from "../prompt/within-tokens.ts";
import { type Rendering, tightest } from "./fixed-parts.ts";
import type { OptoPrimeRound } from "./memory.ts";
import { systemPrompt } from "./prompt-text.ts";
import { type BoundedPrompt, render } from "./render.ts";
import type { OptoPrimeSettings } from "./settings.ts";

/** What is asked about a problem. */
export interface ProblemQuestion extends TokenScale, Pick<ProposeContext, "note" | "temperature"> {
  readonly problem: Problem;
  /** Past steps, in the order in which they are shown. */
  readonly rounds: readonly OptoPrimeRound[];
  /** What a model said of the runs because they do not fit. Default: nothing. */
  readonly summary?: string | undefined;
  /** How the answer is to be given, and by which tool. */
  readonly instructions: string;
  readonly tool: ReplyTool | undefined;
}

/** A request, and what people should know of it, in sentences. */
export interface BoundedRequest {
  readonly request: ModelRequest;
  /** Whether nothing of the runs was left out. */
  readonly isWhole: boolean;
  readonly notes: readonly string[];
}

/**
 * The request for what is asked.
 * @throws TracegradError `prompt-too-large` when what is never cut, the objective and the instructions, exceeds
 * `maxPromptTokens`.
 */
export function requestFor(question: ProblemQuestion, settings: OptoPrimeSettings): BoundedRequest {
  const { problem, rounds, tool, instructions, note, summary } = question;
  const { objective, problemContext, memoryOrder, memoryScores, maxReplyTokens, maxImages } = settings;
  const { maxPromptTokens, maxValueCharacters } = settings;
  const temperature = question.temperature ?? settings.temperature;
  const images = imagesOf(problem, maxImages);
  const limit = { maxTokens: maxPromptTokens, count: settings.countTokens ?? scaledCounter(question) };
  const { text, excerpt, isWhole } = writeWithin(limit, (maxCharacters) =>
    renderWithin(problem, {
      ...{ objective, problemContext, memory: rounds, memoryOrder, memoryScores, note, summary, images, instructions },
      ...{ maxCharacters, maxValueCharacters },
    }),
  );
  // A value that was left out for lack of space does not show its image either.
  const rendered = new Set<unknown>(images.size === 0 ? [] : excerpt.values());
  for (const { value } of problem.variables) rendered.add(value);
  const renderedImages = new Map(
    [...images].filter(([, { holders }]) => holders.some((holder) => rendered.has(holder))),
  );
  const request: ModelRequest = {
    system: systemPrompt,
    messages: [{ role: "user", content: contentOf(text, renderedImages, problem.feedback) }],
    maxTokens: maxReplyTokens,
    ...(tool === undefined ? {} : { tool }),
    ...(temperature === null ? {} : { temperature }),
  };
  return { request, isWhole, notes: isWhole ? [] : [leftOutText(maxPromptTokens)] };
}

/** Without numbers that differ from step to step, so that a run says it once. */
function leftOutText(maxPromptTokens: number): string {
  return (
    `A run did not fit into the prompt of the optimizer (maxPromptTokens: ${maxPromptTokens}): rows of what ` +
    "repeats, or the values and calls farthest from its output, were left out. Raise `maxPromptTokens`, show " +
    "smaller values, or give `episodic` a smaller `horizon`."
  );
}

/** The request for new values, to be answered in `format`. */
export function proposalRequest(
  question: Omit<ProblemQuestion, "instructions" | "tool">,
  settings: OptoPrimeSettings,
): BoundedRequest {
  const { problem } = question;
  const { format } = settings;
  return requestFor({ ...question, instructions: format.instructions(problem), tool: format.tool(problem) }, settings);
}

/** A note shorter than this says nothing, and is left out. */
const shortestNote = 200;

/**
 * The prompt, shortened until it fits: first feedback gets at most half of it, then past steps are left out, then the
 * note is cut, then all the rest. Nothing that a run produces must ever stop a step.
 */
function renderWithin(problem: Problem, rendering: Rendering): BoundedPrompt {
  let { memory, note } = rendering;
  let tightness = 0;
  for (;;) {
    try {
      return render(problem, { ...rendering, memory, note, tightness });
    } catch (error) {
      if (!(error instanceof TooLongError)) throw error;
      if (tightness === 0) tightness = 1;
      else if (memory.length > 0) memory = memory.slice(1);
      else if (note !== undefined) note = halve(note);
      else if (tightness < tightest) tightness += 1;
      else throw error;
    }
  }
}

function halve(note: string): string | undefined {
  return note.length < shortestNote ? undefined : shorten(note, Math.floor(note.length / 2));
}
