/** Finished trials, each in a file beside its run folder, so that a continued study does not run them again. */

import { dirname } from "node:path";
import { decode, encode, type Json } from "../../util/encode.ts";
import { TracegradError } from "../../util/errors.ts";
import { hashOf } from "../../util/json.ts";
import { formatJson, type JsonFormat, parseJson } from "../../util/json-file.ts";
import type { ProgramText } from "../identity/program.ts";
import { diffSpecs, identitySpecOf, type LoopSpec } from "../identity/spec.ts";
import { nodeFiles, readWhole, replaceFile } from "../journal/files.ts";
import { checkSameProgram, readInfo } from "../journal/run-info.ts";
import { stepsOf } from "../loop/stop.ts";
import type { StudyTrial } from "./types.ts";

/** Raised when an older file would be misread: 2 has the scores of the `baseline`. */
const VERSION = 2;
/** In bytes. */
const maxSize = 256 * 2 ** 20;

/** The file of the trial whose run folder is `folder`. */
function fileOf(folder: string): string {
  return `${folder}.json`;
}

/** Writes a finished trial atomically. */
export async function writeTrial(folder: string, trial: StudyTrial): Promise<void> {
  const path = fileOf(folder);
  await nodeFiles.makeFolder(dirname(path));
  // Without the folder: the folder of a study may be moved.
  const { folder: _, reused: __, ...rest } = trial;
  await replaceFile(nodeFiles, path, formatJson(formatOf(path), { trial: encode(rest) }));
}

function formatOf(path: string): JsonFormat {
  return {
    format: "tracegrad-trial",
    version: VERSION,
    damaged: (how) => damagedError(path, how),
    unsupported: (version) => versionError(path, version),
  };
}

function versionError(path: string, version: number): TracegradError {
  const fix = version > VERSION ? "Update tracegrad, or give" : "Give";
  const text =
    `${path} has version ${version}; this tracegrad reads version ${VERSION}. ${fix} this study another ` + "folder.";
  return new TracegradError("study-version", text);
}

/**
 * The finished trial of the run folder; undefined when there is none.
 * @throws TracegradError `study-damaged`, or `study-version` when another version of tracegrad wrote it.
 */
export async function readTrial(folder: string): Promise<StudyTrial | undefined> {
  const path = fileOf(folder);
  const bytes = await readWhole(nodeFiles, path, maxSize);
  if (bytes === undefined) return undefined;
  const json = parseJson(new TextDecoder().decode(bytes), formatOf(path));
  const trial = json["trial"] === undefined ? undefined : decode(json["trial"] as Json);
  if (!isTrial(trial)) throw damagedError(path, "it holds no trial");
  return { ...trial, folder, reused: true };
}

/**
 * Throws `study-differs` when the stored trial ran another loop than `spec`, or more steps than `spec` has. A trial
 * that should now run more steps may continue.
 */
export function checkSameLoop(trial: StudyTrial, spec: LoopSpec): void {
  if (trial.spec === undefined) return;
  const isSame = hashOf(identitySpecOf(trial.spec)) === hashOf(identitySpecOf(spec));
  if (isSame && stepsOf(trial.spec) <= stepsOf(spec)) return;
  const lines = diffSpecs(trial.spec, spec).slice(0, 5).join("; ");
  throw new TracegradError(
    "study-differs",
    `${trial.folder} holds a trial of another loop (there → here): ${lines}. Give this study another folder, or ` +
      "restore the old setting.",
  );
}

/** Whether a finished trial should continue: the current loop has more steps. */
export function goesFurther(trial: StudyTrial, spec: LoopSpec): boolean {
  return trial.spec !== undefined && stepsOf(spec) > stepsOf(trial.spec);
}

/** Throws `run-differs` when a finished trial ran another program, as far as its run folder shows. */
export async function checkTrialProgram(folder: string, program: ProgramText, accept: boolean): Promise<void> {
  const info = await readInfo(nodeFiles, folder);
  if (info !== undefined) checkSameProgram(folder, info, { ...info, program }, accept);
}

function isTrial(value: unknown): value is StudyTrial {
  if (typeof value !== "object" || value === null) return false;
  const { index, seed, status, scores } = value as Partial<StudyTrial>;
  if (!Number.isInteger(index) || !Number.isFinite(seed) || typeof status !== "string") return false;
  return status !== "finished" || (Number.isFinite(scores?.baseline) && Number.isFinite(scores?.best));
}

function damagedError(path: string, how: string): TracegradError {
  return new TracegradError(
    "study-damaged",
    `${path} cannot be read as a trial: ${how}. Delete it: the trial is then read from its run folder again, at no ` +
      "cost.",
  );
}
