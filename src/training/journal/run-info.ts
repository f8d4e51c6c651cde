/** `run.json`: which run a folder holds, and whether it is the one that is to go on. */

import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Json } from "../../util/encode.ts";
import { TracegradError } from "../../util/errors.ts";
import { packageVersion } from "../../util/home.ts";
import { hashOf, stableStringify } from "../../util/json.ts";
import { formatJson, type JsonFormat, parseJson } from "../../util/json-file.ts";
import type { ProgramText } from "../identity/program.ts";
import { type Files, readWhole, replaceFile } from "./files.ts";

const VERSION = 2;
const FILE = "run.json";
const LARGEST = 64 * 2 ** 20;

/** What makes a run this run: another one may not go on in its folder. */
export interface RunIdentity {
  /** Everything that decides the course of the run: plain JSON. */
  readonly config: Json;
  readonly seed: number | undefined;
  /** A hash of the data. */
  readonly dataset: string | undefined;
  /** Hashes of the texts of the program and its judge, by place; undefined for what runs no program. */
  readonly program?: ProgramText | undefined;
}

/** What `run.json` says. */
export interface RunInfo extends RunIdentity {
  /** Unique to this run. */
  readonly id: string;
  /** ISO date and time. */
  readonly created: string;
  /** The version of tracegrad that began the run. */
  readonly packageVersion: string;
}

/** A new run's info. */
export function newInfo(identity: RunIdentity): RunInfo {
  return { ...identity, id: randomUUID(), created: new Date().toISOString(), packageVersion: packageVersion() };
}

/** Writes `run.json`, whole or not at all. */
export async function writeInfo(files: Files, folder: string, info: RunInfo): Promise<void> {
  const { id, created, seed, dataset, config, program } = info;
  const about = { id, created, packageVersion: info.packageVersion, configHash: identityHash(info) };
  const text = formatJson(formatOf(folder), { ...about, seed, dataset, config, program });
  await replaceFile(files, join(folder, FILE), text);
}

/**
 * Reads `run.json`; undefined when there is none.
 * @throws TracegradError `"run-damaged"`, or `"run-version"` for one that a newer tracegrad has written.
 */
export async function readInfo(files: Files, folder: string): Promise<RunInfo | undefined> {
  const path = join(folder, FILE);
  const bytes = await readWhole(files, path, LARGEST);
  if (bytes === undefined) return undefined;
  const json = parseJson(new TextDecoder().decode(bytes), formatOf(folder));
  const { format: _, version: __, configHash, ...info } = json;
  const { id, created, config } = info;
  if (typeof id !== "string" || typeof created !== "string" || config === undefined) throw damaged(path, "fields lack");
  const found = { seed: undefined, dataset: undefined, packageVersion: "unknown", ...info } as unknown as RunInfo;
  if (identityHash(found) !== configHash) throw damaged(path, "its config does not have the hash that is given for it");
  return found;
}

function formatOf(folder: string): JsonFormat {
  return {
    format: "tracegrad-run",
    version: VERSION,
    damaged: (how) => damaged(join(folder, FILE), how),
    unsupported: (version) => unsupported(folder, version),
  };
}

function unsupported(folder: string, version: number): TracegradError | undefined {
  const reader = `this tracegrad (${packageVersion()})`;
  if (version > VERSION) {
    const text = `The run in ${folder} is of format ${version}; ${reader} reads up to ${VERSION}.`;
    return new TracegradError("run-version", `${text} Update tracegrad, or give this run another folder.`);
  }
  if (version !== 1) return undefined;
  const text = `The run in ${folder} was written by tracegrad 0.1, whose journals ${reader} does not read.`;
  return new TracegradError(
    "run-version",
    `${text} Read it with \`npx tracegrad@0.1 report\`, or give this run another folder.`,
  );
}

function identityHash({ config, program }: RunIdentity): string {
  return hashOf(program === undefined ? config : { config, program });
}

/** Throws `"run-differs"` when `now` is not the run that the folder holds; names the first field that differs. */
export function checkSameRun(folder: string, kept: RunIdentity, now: RunIdentity): void {
  const { seed, dataset } = now;
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ["config", kept.config, now.config],
    ["seed", kept.seed, seed],
    ["dataset", kept.dataset, dataset],
  ];
  for (const [name, before, after] of pairs) {
    const difference = firstDifference(before, after, name);
    if (difference === undefined) continue;
    throw new TracegradError(
      "run-differs",
      `The folder ${folder} holds another run: ${difference}. Give this run another folder, or restore that setting.`,
    );
  }
}

/**
 * What has changed in the program of a run since it was begun, in sentences for people; none for the same program.
 * Places that only one of them knows are left out: what mentions them has changed as well, or the engine does not tell.
 * @throws TracegradError `"run-differs"` when something has changed, unless changes are accepted.
 */
export function checkSameProgram(
  folder: string,
  kept: RunIdentity,
  { program = {} }: RunIdentity,
  accept: boolean,
): string[] {
  const { program: before = {} } = kept;
  const changed = Object.keys(program).filter(
    (place) => Object.hasOwn(before, place) && before[place] !== program[place],
  );
  const [first] = changed;
  if (first === undefined) return [];
  const what = changed.slice(0, 3).map(placeInWords).join("; ") + (changed.length > 3 ? "; and more" : "");
  if (accept) return [`The run goes on although its program has changed, as it was told to: ${what}.`];
  throw new TracegradError(
    "run-differs",
    `The run in ${folder} was begun with another program: ${what}. Its scores and new ones would not compare. Restore it, or give ` +
      "this run another folder, where everything is scored anew. If the change cannot alter any score, go on with " +
      "`acceptChanges: true` (--accept-changes).",
  );
}

/** `guide > weights` is a part of the guide. */
function placeInWords(place: string): string {
  const [root = "", ...rest] = place.split(" > ");
  const name = rest.at(-1);
  return name === undefined ? `the ${root} has changed` : `\`${name}\`, which the ${root} uses, has changed`;
}

/** Where two JSON values first differ, keys in order, such as `config.batch is 3 there and 5 here`. */
function firstDifference(before: unknown, after: unknown, path: string): string | undefined {
  if (before === undefined || after === undefined) {
    return before === after ? undefined : `${path} is ${shown(before)} there and ${shown(after)} here`;
  }
  if (stableStringify(before) === stableStringify(after)) return undefined;
  if (!isContainer(before) || !isContainer(after) || Array.isArray(before) !== Array.isArray(after)) {
    return `${path} is ${shown(before)} there and ${shown(after)} here`;
  }
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  if (!Array.isArray(before)) keys.sort();
  for (const key of keys) {
    const difference = firstDifference(own(before, key), own(after, key), `${path}.${key}`);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function isContainer(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function own(value: object, key: string): unknown {
  return Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
}

function shown(value: unknown): string {
  if (value === undefined) return "not set";
  const text = stableStringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function damaged(path: string, how: string): TracegradError {
  return new TracegradError(
    "run-damaged",
    `${path} cannot be read as a run's description: ${how}. Restore it from a copy, or give this run another folder.`,
  );
}
