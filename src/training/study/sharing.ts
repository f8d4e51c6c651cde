/** Which trials of a study share their evaluations, and where these are kept. */

import { join } from "node:path";
import type { Json } from "../../util/encode.ts";
import { TracegradError } from "../../util/errors.ts";
import { preview } from "../../util/preview.ts";
import type { EvaluationCache } from "../evaluation/evaluation-cache.ts";
import type { ProgramText } from "../identity/program.ts";
import type { LoopSpec } from "../identity/spec.ts";
import { EvaluationPool } from "./evaluation-pool.ts";
import type { Choice, StudyOptions } from "./types.ts";

/**
 * The name of the folder with the shared evaluations. No cell has it: the names of those have a hyphen, or are `only`.
 */
const FOLDER = "evaluations";

/** A trial, as far as sharing goes. */
export interface SharingTrial {
  /** Tells it from all others of the study, in all processes. */
  readonly key: string;
  readonly choice: Choice;
  /** The loop as it was given, with the trial's own budget. */
  readonly spec: LoopSpec;
  /** The texts of the program and its judge; none where nothing outlives the process. */
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

  /** What a trial shares; undefined when it shares nothing. Throws as `openRun` does when its folder cannot be had. */
  async for({ key, choice, spec, program }: SharingTrial): Promise<EvaluationCache | undefined> {
    if (this.#share === false || isLimited(spec)) return undefined;
    // Opened when it is needed, so that a study whose trials are all over is read without a lock.
    this.#pool ??= EvaluationPool.open(this.#folder);
    const apart = this.#share === true ? [] : this.#share;
    const alike = Object.entries(choice).filter(([name]) => !apart.includes(name));
    return (await this.#pool).for({
      run: key,
      scope: { choice: Object.fromEntries(alike), ...judgedBy(spec), program },
    });
  }

  /**
   * Lets other processes have the folder. What could not be written is in the journals of the trials, so nothing is
   * lost.
   */
  async close(): Promise<void> {
    await this.#pool?.then((pool) => pool.close()).catch(() => undefined);
  }
}

/** What a loop tells of how it runs and judges a program; two that differ here never share, whatever the axes say. */
function judgedBy({
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

/** Whether it would go further when it pays less. */
function isLimited({ budget: { llmCalls, tokens, usd, evaluations } }: LoopSpec): boolean {
  return [llmCalls, tokens, usd, evaluations].some((most) => most !== undefined);
}

/** Throws `bad-option` for axes that the grid has not. */
export function checkSharing(share: StudyOptions["shareEvaluations"], axes: readonly string[]): void {
  if (share === undefined || typeof share === "boolean") return;
  const unknown = Array.isArray(share) ? share.find((name) => !axes.includes(name)) : share;
  if (unknown === undefined) return;
  throw new TracegradError(
    "bad-option",
    `\`shareEvaluations\` is true, false or a list of the grid's axes (${axes.join(", ") || "none"}); got ${preview(unknown, 60)}.`,
  );
}
