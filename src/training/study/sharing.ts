/** Which trials of a study share their evaluations, and where those are stored. */

import { join } from "node:path";
import type { Json } from "../../util/encode.ts";
import { TracegradError } from "../../util/errors.ts";
import { preview } from "../../util/preview.ts";
import type { EvaluationCache } from "../evaluation/evaluation-cache.ts";
import { evaluatedTextOf, type ProgramText } from "../identity/program.ts";
import type { LoopSpec } from "../identity/spec.ts";
import { EvaluationPool } from "./evaluation-pool.ts";
import type { Choice, StudyOptions } from "./types.ts";

/**
 * The name of the folder with the shared evaluations. No cell has this name: the names of cells have a hyphen, or are
 * `only`.
 */
const FOLDER = "evaluations";

/** The parts of a trial that matter for sharing. */
export interface SharingTrial {
  /** Unique among all trials of the study, in all processes. */
  readonly key: string;
  readonly choice: Choice;
  /** The loop as given, with the trial's own budget. */
  readonly spec: LoopSpec;
  /** The texts of the program and its judge; empty for a study in memory. */
  readonly program: ProgramText;
}

/** The evaluations that the trials of a study share. */
export class SharedEvaluations {
  readonly #share: boolean | readonly string[];
  readonly #folder: string | undefined;
  #pool: Promise<EvaluationPool> | undefined;

  constructor(share: boolean | readonly string[], folder: string | undefined) {
    this.#share = share;
    this.#folder = folder === undefined ? undefined : join(folder, FOLDER);
  }

  /**
   * What a trial shares; undefined when it shares nothing. Throws as `openRun` does when its folder cannot be opened.
   */
  async for({ key, choice, spec, program }: SharingTrial): Promise<EvaluationCache | undefined> {
    if (this.#share === false || isLimited(spec)) return undefined;
    // Opened when needed, so that a finished study is read without a lock.
    this.#pool ??= EvaluationPool.open(this.#folder);
    const apart = this.#share === true ? [] : this.#share;
    const alike = Object.entries(choice).filter(([name]) => !apart.includes(name));
    return (await this.#pool).for({
      run: key,
      scope: { choice: Object.fromEntries(alike), ...judgingOf(spec), program: evaluatedTextOf(program) },
    });
  }

  /** Releases the folder. What could not be written is in the journals of the trials, so nothing is lost. */
  async close(): Promise<void> {
    await this.#pool?.then((pool) => pool.close()).catch(() => undefined);
  }
}

/** How a loop runs and judges a program. Two loops that differ here never share, whatever the axes say. */
function judgingOf({
  guide,
  environment,
  failureScore,
  objectives,
  baseline,
}: LoopSpec): Readonly<Record<string, Json>> {
  return {
    guide: guide ?? null,
    environment: environment === undefined ? null : { ...environment },
    failureScore,
    objectives: (objectives ?? []) as unknown as Json,
    label: baseline.label ?? null,
    parameters: Object.keys(baseline.parameters).sort(),
  };
}

/** Whether a loop would get further if it paid less. */
function isLimited({ budget: { llmCalls, tokens, usd, evaluations } }: LoopSpec): boolean {
  return [llmCalls, tokens, usd, evaluations].some((most) => most !== undefined);
}

/** Throws TracegradError `bad-option` for axes that the grid does not have. */
export function checkSharing(share: StudyOptions["shareEvaluations"], axes: readonly string[]): void {
  if (share === undefined || typeof share === "boolean") return;
  const unknown = Array.isArray(share) ? share.find((name) => !axes.includes(name)) : share;
  if (unknown === undefined) return;
  throw new TracegradError(
    "bad-option",
    `\`shareEvaluations\` is true, false or a list of the grid's axes (${axes.join(", ") || "none"}); got ` +
      `${preview(unknown, 60)}.`,
  );
}
