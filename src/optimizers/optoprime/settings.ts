/** The options of OptoPrime: what they mean, what they default to, and how a run records them. */

import type { Parameter } from "../../nodes/parameter.ts";
import {
  count,
  flag,
  must,
  number,
  type OptionTable,
  oneOf,
  optional,
  type SettingsLike,
  text,
  unlessNull,
} from "../../util/options.ts";
import type { ReplyFormat } from "../prompt/reply.ts";
import { type FormatChoice, formatName, replyFormat } from "../prompt/reply-format.ts";
import type { TokenCounter } from "../prompt/within-tokens.ts";
import { defaultObjective } from "./prompt-text.ts";

/** Options of {@link optoPrime} beside its model. */
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
  /**
   * The most tokens of the message that shows the problem; its images and the fixed system prompt (about 600 tokens)
   * come on top. Default: 24,000.
   */
  readonly maxPromptTokens?: number;
  /**
   * The most characters of a value on the way, of an input and of an output, while the whole prompt has room for as many;
   * else they are cut as by default. Of a record whose fields are columns of a table each field counts. Default: 2,000, and
   * 200 in a table.
   */
  readonly maxValueCharacters?: number;
  /**
   * Counts the tokens of a text, by the tokenizer of the model. Default: an estimate, which is corrected by what the
   * provider counted for the step before.
   */
  readonly countTokens?: TokenCounter;
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

type Focused = readonly (string | Parameter)[];

const focus = must<Focused>(
  "be a list of parameters or their names, with at least one; leave it out to change all",
  (value) => Array.isArray(value) && value.length > 0,
);

const tokenCounter = must<TokenCounter>(
  "be a function from a text to its number of tokens",
  (value) => typeof value === "function",
);

/** The options with their defaults. */
export interface OptoPrimeSettings
  extends Omit<
    SettingsLike<
      OptoPrimeAlgorithmOptions,
      "problemContext" | "focus" | "temperature" | "countTokens" | "maxValueCharacters"
    >,
    "format"
  > {
  readonly format: ReplyFormat;
}

/** The options of OptoPrime: defaults, checks and records. */
export const optoPrimeTable: OptionTable<OptoPrimeAlgorithmOptions, OptoPrimeSettings> = {
  objective: [defaultObjective, text],
  problemContext: [null, optional(text), unlessNull<string>],
  focus: [null, optional(focus), namesOf],
  memorySize: [0, count(0)],
  memoryOrder: ["recent", oneOf("recent", "score")],
  memoryScores: [false, flag],
  maxPromptTokens: [24_000, count()],
  maxValueCharacters: [null, optional(count()), unlessNull<number>],
  countTokens: [null, optional(tokenCounter), () => undefined],
  maxImages: [20, count(0)],
  maxReplyTokens: [8_192, count()],
  temperature: [null, optional(number(0))],
  maxRetries: [1, count(0)],
  format: ["json", replyFormat, formatName],
};

function namesOf(parameters: Focused | null): readonly string[] | undefined {
  return parameters?.map((one) => (typeof one === "string" ? one : one.name));
}
