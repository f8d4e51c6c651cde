/** The options of OptoPrimeMulti: what they mean, what they default to, and how a run records them. */

import type { LanguageModel } from "../../llm/llm.ts";
import type { Json } from "../../util/decode.ts";
import { TracegradError } from "../../util/errors.ts";
import { type NamesOf, requireKnown } from "../../util/known-names.ts";
import { preview } from "../../util/preview.ts";
import { requirePositive } from "../../util/require.ts";
import { type OptoPrimeAlgorithmOptions, optoPrimeNames, toldSettings } from "../optoprime/settings.ts";
import type { CandidateChooser } from "./candidate.ts";

/**
 * How several proposals are had for one problem.
 *
 * - `temperature`: the same question at temperatures from high to low. At once.
 * - `selfRefinement`: each proposal refines the one before. In turn.
 * - `alternatives`: each is asked to differ from all before. In turn.
 * - `experts`: each is asked of another expert, given or named by the model. At once.
 * - `models`: each is asked of another model, in turn of their list. At once.
 */
export type CandidateGeneration = "temperature" | "selfRefinement" | "alternatives" | "experts" | "models";

/**
 * How one is had of several valid proposals. What fails falls back to the last valid one.
 *
 * - `bestOf`: the model picks one.
 * - `majority`: the middle one of the largest group of equal or similar ones. No model call.
 * - `mixture`: the model merges them into a new one.
 * - `lastValid`: the last one that changes something. No model call.
 */
export type CandidateSelection = "bestOf" | "majority" | "mixture" | "lastValid";

/** Options of {@link OptoPrimeMulti} beside its model: those of OptoPrime, which makes each proposal, and these. */
export interface OptoPrimeMultiAlgorithmOptions extends OptoPrimeAlgorithmOptions {
  /** How many proposals a step makes. Default: as many as there are `models` or `experts` to be asked, else 3. */
  readonly candidates?: number;
  /** How they are had. Default: `temperature`. */
  readonly generation?: CandidateGeneration;
  /** How one is chosen, by name or by a function. Default: `bestOf`. */
  readonly select?: CandidateSelection | CandidateChooser;
  /** The ends of the spread of `temperature`, which stands above any other temperature. Default: from 1 down to 0. */
  readonly temperatures?: { readonly min: number; readonly max: number };
  /** Who is asked by `experts`, a sentence each. Default: as many as needed, named by the model once a step. */
  readonly experts?: readonly string[];
  /** Who is asked by `models`; needed there. */
  readonly models?: readonly LanguageModel[];
}

const generations = ["temperature", "selfRefinement", "alternatives", "experts", "models"] as const;
const selections = ["bestOf", "majority", "mixture", "lastValid"] as const;

/** How many proposals a step makes. */
export function countOf({ candidates, generation, experts, models }: OptoPrimeMultiAlgorithmOptions): number {
  if (candidates !== undefined) return candidates;
  const asked = generation === "models" ? models : generation === "experts" ? experts : undefined;
  return asked?.length ?? 3;
}

const names: NamesOf<OptoPrimeMultiAlgorithmOptions> = {
  ...optoPrimeNames,
  ...{ candidates: true, generation: true, select: true, temperatures: true, experts: true, models: true },
};
const spreadNames: NamesOf<NonNullable<OptoPrimeMultiAlgorithmOptions["temperatures"]>> = { min: true, max: true };

/** The part of the settings that each single proposal is made by. */
export function singleSettings(settings: OptoPrimeMultiAlgorithmOptions): OptoPrimeAlgorithmOptions {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => Object.hasOwn(optoPrimeNames, name)));
}

/** Throws TracegradError `bad-option` that names the first option that cannot be. */
export function checkMultiSettings(settings: OptoPrimeMultiAlgorithmOptions): void {
  requireKnown("OptoPrimeMulti", settings, names);
  requireKnown("`temperatures` of OptoPrimeMulti", settings.temperatures ?? {}, spreadNames);
  const { generation = "temperature", select = "bestOf", temperatures, experts, models } = settings;
  requireOneOf("generation", generation, generations);
  if (typeof select !== "function") requireOneOf("select", select, selections, " or a function");
  const { min, max } = temperatures ?? { min: 0, max: 1 };
  if (!(Number.isFinite(min) && Number.isFinite(max) && min >= 0 && min <= max)) {
    throw bad("`temperatures` are { min, max }, from 0, with min not above max", temperatures);
  }
  const isText = (one: unknown) => typeof one === "string" && one.trim() !== "";
  if (experts !== undefined && !(Array.isArray(experts) && experts.length > 0 && experts.every(isText))) {
    throw bad("`experts` is a list of texts, with one at least, and none empty", experts);
  }
  const isModel = (one: Partial<LanguageModel> | undefined) => typeof one?.generate === "function";
  if (models !== undefined && !(Array.isArray(models) && models.length > 0 && models.every(isModel))) {
    throw bad("`models` is a list of language models, with one at least", models);
  }
  if (generation === "models" && models === undefined) {
    throw bad('`generation: "models"` needs `models`, a list of language models', models);
  }
  requirePositive("candidates", countOf(settings));
}

function requireOneOf(option: string, value: unknown, known: readonly string[], or = ""): void {
  if (known.includes(value as string)) return;
  throw bad(`\`${option}\` is one of ${known.join(", ")}${or}`, value);
}

function bad(what: string, got: unknown): TracegradError {
  return new TracegradError("bad-option", `${what}; got ${preview(got)}.`);
}

/** The settings as data, with their defaults. Models and functions are told by name. */
export function toldMultiSettings(settings: OptoPrimeMultiAlgorithmOptions): Json {
  const { generation = "temperature", select = "bestOf", temperatures = { min: 0, max: 1 } } = settings;
  const { experts = null, models = [] } = settings;
  return {
    ...toldSettings(settings),
    ...{ candidates: countOf(settings), generation, select: typeof select === "function" ? "custom" : select },
    ...(generation === "temperature" ? { temperatures: { min: temperatures.min, max: temperatures.max } } : {}),
    ...(generation === "experts" ? { experts } : {}),
    ...(generation === "models" ? { models: models.map(({ name }) => name) } : {}),
  };
}
