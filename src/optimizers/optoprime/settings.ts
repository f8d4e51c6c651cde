/** The options of OptoPrime: what they mean, what they default to, and how a run records them. */

import type { Parameter } from "../../nodes/parameter.ts";
import type { Json } from "../../util/decode.ts";
import { TracegradError } from "../../util/errors.ts";
import { type NamesOf, requireKnown } from "../../util/known-names.ts";
import { preview } from "../../util/preview.ts";
import { requirePositive } from "../../util/require.ts";
import { type FormatChoice, replyFormatOf } from "../prompt/reply-format.ts";
import { defaultObjective } from "./prompt-text.ts";

/** Options of {@link OptoPrime} beside its model. */
export interface OptoPrimeAlgorithmOptions {
  /** What to aim at, in words. Default: better outputs by the feedback. */
  readonly objective?: string;
  /** What the model should know of the task beside the program, in words. It is never cut. Default: nothing. */
  readonly problemContext?: string;
  /**
   * The parameters to change, by name or themselves; a name stands for all parameters of that name. The others are
   * shown as inputs, with their values. Default: all.
   */
  readonly focus?: readonly (string | Parameter)[];
  /**
   * How many past steps the model is reminded of, if the prompt has room: their values, their feedback, and what was
   * proposed then but refused. Default: 0.
   */
  readonly memorySize?: number;
  /**
   * Which past steps are kept, and in what order they are shown. `recent`: the last ones, the newest last. `score`: the
   * newest and the best of the others, by the score of their feedback, the best last, since models heed most what they
   * read last (Yang et al. 2023, OPRO). Default: `recent`.
   */
  readonly memoryOrder?: "recent" | "score";
  /** Whether each past step is headed by its score. The text of its feedback is shown in any case. Default: false. */
  readonly memoryScores?: boolean;
  /** The most tokens of a prompt without its images, estimated at four characters each. Default: 24,000. */
  readonly maxPromptTokens?: number;
  /** The most images of values in a prompt: the variables' first, then those nearest to the output. Default: 20. */
  readonly maxImages?: number;
  /** The most tokens of a reply. Default: 8,192. */
  readonly maxReplyTokens?: number;
  /** Sampling temperature. Default: the model's own. */
  readonly temperature?: number;
  /** How often a refused answer is asked for again, with the reason. Default: 1. */
  readonly maxRetries?: number;
  /**
   * How the answer is asked for and read. `json`: by a tool call where the model has tools, else as JSON text. `xml`:
   * as text with tags around raw values, which suits models that quote source text badly. Default: `json`.
   */
  readonly format?: FormatChoice;
}

/** The names of {@link OptoPrimeAlgorithmOptions}. */
export const optoPrimeNames: NamesOf<OptoPrimeAlgorithmOptions> = {
  ...{ objective: true, problemContext: true, focus: true, memorySize: true, memoryOrder: true, memoryScores: true },
  ...{
    maxPromptTokens: true,
    maxImages: true,
    maxReplyTokens: true,
    temperature: true,
    maxRetries: true,
    format: true,
  },
};

const orders: readonly unknown[] = ["recent", "score"];

/** Throws TracegradError `bad-option` that names the first option that cannot be. */
export function checkSettings(settings: OptoPrimeAlgorithmOptions): void {
  requireKnown("OptoPrime", settings, optoPrimeNames);
  requirePositive("memorySize", settings.memorySize ?? 0, { zero: true });
  requirePositive("maxPromptTokens", settings.maxPromptTokens ?? 1);
  requirePositive("maxImages", settings.maxImages ?? 0, { zero: true });
  requirePositive("maxReplyTokens", settings.maxReplyTokens ?? 1);
  requirePositive("maxRetries", settings.maxRetries ?? 1, { zero: true });
  replyFormatOf(settings.format);
  const { memoryOrder = "recent", focus } = settings;
  if (!orders.includes(memoryOrder)) {
    throw new TracegradError("bad-option", `\`memoryOrder\` is "recent" or "score"; got ${preview(memoryOrder)}.`);
  }
  if (focus !== undefined && (!Array.isArray(focus) || focus.length === 0)) {
    throw new TracegradError(
      "bad-option",
      `\`focus\` is a list of parameters or of their names, with one at least; got ${preview(focus)}. Leave it out to change all.`,
    );
  }
}

/** The settings as data, with their defaults: all that decides a step. What is not set and has no value is left out. */
export function toldSettings(settings: OptoPrimeAlgorithmOptions): Readonly<Record<string, Json>> {
  const { objective = defaultObjective, memorySize = 0, maxPromptTokens = 24_000, maxRetries = 1, focus } = settings;
  const { maxReplyTokens = null, temperature = null, maxImages = 20, problemContext } = settings;
  const { memoryOrder = "recent", memoryScores = false } = settings;
  return {
    ...{ objective, memorySize, maxPromptTokens, maxReplyTokens, temperature, maxRetries },
    ...{ format: replyFormatOf(settings.format).name ?? "custom", maxImages, memoryOrder, memoryScores },
    ...(problemContext === undefined ? {} : { problemContext }),
    ...(focus === undefined ? {} : { focus: focus.map((one) => (typeof one === "string" ? one : one.name)) }),
  };
}
