/** The request that OptoPrime makes of a problem: its prompt, as full as the budget allows, and the images. */

import type { ModelRequest, ReplyTool } from "../../llm/llm.ts";
import { shorten } from "../../util/cut.ts";
import { TracegradError } from "../../util/errors.ts";
import type { ProposeContext } from "../algorithm.ts";
import type { OptoPrimeRound } from "../optoprime/memory.ts";
import { defaultObjective, systemPrompt } from "../optoprime/prompt-text.ts";
import type { OptoPrimeAlgorithmOptions } from "../optoprime/settings.ts";
import type { Problem } from "../problem.ts";
import { contentOf, imagesOf } from "./images.ts";
import { type Rendered, type Rendering, render, tightest } from "./render.ts";
import type { ReplyFormat } from "./reply.ts";

/** What is asked about a problem. */
export interface Asked extends Pick<ProposeContext, "note" | "temperature"> {
  readonly problem: Problem;
  /** Past steps, in the order in which they are shown. */
  readonly rounds: readonly OptoPrimeRound[];
  /** How the answer is to be given, and by which tool. */
  readonly instructions: string;
  readonly tool: ReplyTool | undefined;
}

/**
 * The request for what is asked.
 * @throws TracegradError `prompt-too-large` when what is never cut, the objective and the instructions, exceeds the
 * budget.
 */
export function requestFor(asked: Asked, settings: OptoPrimeAlgorithmOptions): ModelRequest {
  const { problem, rounds, tool, instructions, note } = asked;
  const { objective = defaultObjective, problemContext, memoryScores = false } = settings;
  const { maxPromptTokens = 24_000, maxReplyTokens = 8_192, maxImages = 20 } = settings;
  const temperature = asked.temperature ?? settings.temperature;
  const images = imagesOf(problem, maxImages);
  const { text, shown } = renderedWithin(problem, {
    ...{ objective, problemContext, memory: rounds, memoryScores, note, images, instructions },
    maxTokens: maxPromptTokens,
  });
  // Of values that were left out for want of room, no image is shown either.
  const told = new Set<unknown>([...problem.variables, ...shown].map(({ value }) => value));
  const shownImages = new Map([...images].filter(([image]) => told.has(image)));
  return {
    system: systemPrompt,
    messages: [{ role: "user", content: contentOf(text, shownImages, problem.feedback) }],
    maxTokens: maxReplyTokens,
    ...(tool === undefined ? {} : { tool }),
    ...(temperature === undefined ? {} : { temperature }),
  };
}

/** The request for new values, to be answered in `format`. */
export function proposalRequest(
  asked: Pick<Asked, "problem" | "rounds" | "note" | "temperature">,
  format: ReplyFormat,
  settings: OptoPrimeAlgorithmOptions,
): ModelRequest {
  const { problem } = asked;
  return requestFor({ ...asked, instructions: format.instructions(problem), tool: format.tool(problem) }, settings);
}

/** A note shorter than this says nothing, and is left out. */
const shortestNote = 200;

/**
 * The prompt, made to fit whatever the sizes of its parts: first no feedback takes more than half of it, then past
 * steps are left out, then the note is cut, then all the rest. Nothing that a run brings forth must ever stop a step.
 */
function renderedWithin(problem: Problem, rendering: Rendering): Rendered {
  let { memory, note } = rendering;
  let tightness = 0;
  for (;;) {
    try {
      return render(problem, { ...rendering, memory, note, tightness });
    } catch (error) {
      if (!(error instanceof TracegradError && error.code === "prompt-too-large")) throw error;
      if (tightness === 0) tightness = 1;
      else if (memory.length > 0) memory = memory.slice(1);
      else if (note !== undefined) note = halved(note);
      else if (tightness < tightest) tightness += 1;
      else throw error;
    }
  }
}

function halved(note: string): string | undefined {
  return note.length < shortestNote ? undefined : shorten(note, Math.floor(note.length / 2));
}
