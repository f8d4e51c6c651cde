/** Trials that are over, kept in a file beside their run folder: so a study that goes on need not run them again. */

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

const VERSION = 1;
const largest = 256 * 2 ** 20;

/** The file of a trial whose run folder is `folder`. */
function fileOf(folder: string): string {
  return `${folder}.json`;
}

/** Keeps a trial that is over, whole or not at all. */
export async function writeTrial(folder: string, trial: StudyTrial): Promise<void> {
  const path = fileOf(folder);
  await nodeFiles.makeFolder(dirname(path));
  // The place is left out: a study's folder may be moved.
  const { folder: _, kept: __, ...rest } = trial;
  await replaceFile(nodeFiles, path, formatJson(formatOf(path), { trial: encode(rest) }));
}

function formatOf(path: string): JsonFormat {
  return {
    format: "tracegrad-trial",
    version: VERSION,
    damaged: (how) => damaged(path, how),
    unsupported: (version) => (version > VERSION ? tooNew(path, version) : undefined),
  };
}

function tooNew(path: string, version: number): TracegradError {
  const text = `${path} is of version ${version}; this tracegrad reads up to ${VERSION}. Update tracegrad.`;
  return new TracegradError("study-version", text);
}

/**
 * The trial that is kept for the run folder; undefined when none is.
 * @throws TracegradError `study-damaged`, or `study-version` for one that a newer tracegrad has written.
 */
export async function readTrial(folder: string): Promise<StudyTrial | undefined> {
  const path = fileOf(folder);
  const bytes = await readWhole(nodeFiles, path, largest);
  if (bytes === undefined) return undefined;
  const json = parseJson(new TextDecoder().decode(bytes), formatOf(path));
  const trial = json["trial"] === undefined ? undefined : decode(json["trial"] as Json);
  if (!isTrial(trial)) throw damaged(path, "it holds no trial");
  return { ...trial, folder, kept: true };
}

/**
 * Throws `study-differs` when the trial that is kept had another loop than the one that is asked for now, or a longer
 * one. One that is to go further than it went may be taken up again.
 */
export function checkSameLoop(trial: StudyTrial, spec: LoopSpec): void {
  if (trial.spec === undefined) return;
  if (hashOf(identitySpecOf(trial.spec)) === hashOf(identitySpecOf(spec)) && stepsOf(trial.spec) <= stepsOf(spec))
    return;
  const lines = diffSpecs(trial.spec, spec).slice(0, 5).join("; ");
  throw new TracegradError(
    "study-differs",
    `${trial.folder} holds a trial of another loop (there → here): ${lines}. Give this study another folder, or restore that.`,
  );
}

/** Whether a trial that is over is to go on: the loop that is asked for now has more steps. */
export function goesFurther(trial: StudyTrial, spec: LoopSpec): boolean {
  return trial.spec !== undefined && stepsOf(spec) > stepsOf(trial.spec);
}

/** Throws `run-differs` when the program of a trial that is over was another one, as far as its run folder tells. */
export async function checkTrialProgram(folder: string, program: ProgramText, accept: boolean): Promise<void> {
  const info = await readInfo(nodeFiles, folder);
  if (info !== undefined) checkSameProgram(folder, info, { ...info, program }, accept);
}

function isTrial(value: unknown): value is StudyTrial {
  if (typeof value !== "object" || value === null) return false;
  const { index, seed, status, scores } = value as Partial<StudyTrial>;
  if (!Number.isInteger(index) || !Number.isFinite(seed) || typeof status !== "string") return false;
  return status !== "finished" || (Number.isFinite(scores?.start) && Number.isFinite(scores?.best));
}

function damaged(path: string, how: string): TracegradError {
  return new TracegradError(
    "study-damaged",
    `${path} cannot be read as a trial: ${how}. Delete it: the trial is then read from its run folder again, at no cost.`,
  );
}
