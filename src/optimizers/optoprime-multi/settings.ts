/** The options of OptoPrimeMulti: what they mean, what they default to, and how a run records them. */

import type { LanguageModel } from "../../llm/llm.ts";
import type { Json } from "../../util/decode.ts";
import { TracegradError } from "../../util/errors.ts";
import {
  count,
  group,
  must,
  number,
  type OptionCheck,
  type OptionTable,
  oneOf,
  optional,
  recordSettings,
  resolveOptions,
  type SettingsLike,
} from "../../util/options.ts";
import { preview } from "../../util/preview.ts";
import { type OptoPrimeAlgorithmOptions, type OptoPrimeSettings, optoPrimeTable } from "../optoprime/settings.ts";
import type { CandidateChooser } from "./candidate.ts";

/**
 * How several proposals for one problem are made.
 *
 * - `temperature`: the same question at temperatures from high to low. At once.
 * - `selfRefinement`: each proposal refines the one before. In turn.
 * - `alternatives`: each must differ from all before. In turn.
 * - `experts`: each comes from a different expert, given or named by the model. At once.
 * - `models`: each comes from the next model in a list. At once.
 */
export type CandidateGeneration = "temperature" | "selfRefinement" | "alternatives" | "experts" | "models";

/**
 * How one of several valid proposals is chosen. When the choice fails, the last valid one is taken.
 *
 * - `bestOf`: the model picks one.
 * - `majority`: the middle one of the largest group of equal or similar ones. No model call.
 * - `mixture`: the model merges them into a new one.
 * - `lastValid`: the last one that changes something. No model call.
 */
export type CandidateSelection = "bestOf" | "majority" | "mixture" | "lastValid";

/** Options of {@link optoPrimeMulti} beside its model: those of OptoPrime, which makes each proposal, and these. */
export interface OptoPrimeMultiAlgorithmOptions extends OptoPrimeAlgorithmOptions {
  /** How many proposals a step makes. Default: as many as there are `models` or `experts` to ask, else 3. */
  readonly candidates?: number;
  /** How they are made. Default: `temperature`. */
  readonly generation?: CandidateGeneration;
  /** How one is chosen, by name or by a function. Default: `bestOf`. */
  readonly select?: CandidateSelection | CandidateChooser;
  /** The range of `temperature`, which overrides any other temperature. Default: from 1 down to 0. */
  readonly temperatures?: { readonly min: number; readonly max: number };
  /** The experts of `experts`, a sentence each. Default: as many as needed, named by the model once a step. */
  readonly experts?: readonly string[];
  /** The models of `models`, which needs them. */
  readonly models?: readonly LanguageModel[];
}

type Spread = NonNullable<OptoPrimeMultiAlgorithmOptions["temperatures"]>;

const ends = group({ min: [0, number(0)], max: [1, number(0)] } satisfies OptionTable<Spread>);

const spread: OptionCheck<Spread> = (name, value, owner) => {
  const { min, max } = ends(name, value, owner);
  if (min <= max) return { min, max };
  throw new TracegradError("bad-option", `\`${name}\` must have a \`min\` up to its \`max\`; got ${preview(value)}.`);
};

const selections: readonly unknown[] = ["bestOf", "majority", "mixture", "lastValid"] satisfies CandidateSelection[];

const select = must<CandidateSelection | CandidateChooser>(
  'be "bestOf", "majority", "mixture", "lastValid" or a function',
  (value) => typeof value === "function" || selections.includes(value),
);

const experts = must<readonly string[]>(
  "be a list of texts, with at least one and none empty",
  (value) => isFilledList(value) && value.every((one) => typeof one === "string" && one.trim() !== ""),
);

const models = must<readonly LanguageModel[]>(
  "be a list of language models, with at least one",
  (value) => isFilledList(value) && value.every(isModel),
);

function isModel(value: unknown): boolean {
  return typeof (value as Partial<LanguageModel> | undefined)?.generate === "function";
}

function isFilledList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length > 0;
}

const table = {
  ...optoPrimeTable,
  candidates: [null, optional(count())],
  generation: ["temperature", oneOf("temperature", "selfRefinement", "alternatives", "experts", "models")],
  select: ["bestOf", select, (choice: CandidateSelection | CandidateChooser) => choiceName(choice)],
  temperatures: [{ min: 0, max: 1 }, spread],
  experts: [null, optional(experts)],
  models: [null, optional(models), (all: readonly LanguageModel[] | null) => all?.map(({ name }) => name) ?? []],
} satisfies OptionTable<OptoPrimeMultiAlgorithmOptions>;

/** The options with their defaults. */
export interface OptoPrimeMultiSettings
  extends OptoPrimeSettings,
    Omit<SettingsLike<OptoPrimeMultiAlgorithmOptions, "experts" | "models">, keyof OptoPrimeSettings> {}

/** Checks the options and fills in the defaults. Throws TracegradError `bad-option`. */
export function multiSettings(options: OptoPrimeMultiAlgorithmOptions): OptoPrimeMultiSettings {
  const settings = resolveOptions("OptoPrimeMulti", options, table);
  const { generation, candidates } = settings;
  if (generation === "models" && settings.models === null) {
    throw new TracegradError("bad-option", '`generation: "models"` needs `models`, a list of language models.');
  }
  const sources = generation === "models" ? settings.models : generation === "experts" ? settings.experts : null;
  return { ...settings, candidates: candidates ?? sources?.length ?? 3 };
}

/** The settings as a run records them: those of another `generation` are left out. */
export function recordMultiSettings(settings: OptoPrimeMultiSettings): Json {
  const { temperatures, experts: personas, models: names, ...shared } = recordSettings(settings, table);
  const { generation } = settings;
  return {
    ...shared,
    ...(generation === "temperature" ? { temperatures: { ...temperatures } } : {}),
    ...(generation === "experts" ? { experts: personas } : {}),
    ...(generation === "models" ? { models: names } : {}),
  };
}

function choiceName(choice: CandidateSelection | CandidateChooser): string {
  return typeof choice === "function" ? "custom" : choice;
}
