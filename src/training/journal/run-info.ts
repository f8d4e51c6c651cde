/** `run.json`: which run a folder holds, and whether the current run may continue it. */

import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { headOf } from "../../util/cut.ts";
import type { Json } from "../../util/encode.ts";
import { TracegradError } from "../../util/errors.ts";
import { packageVersion } from "../../util/home.ts";
import { hashOf, stableStringify } from "../../util/json.ts";
import { type JsonDifference, jsonDifferences } from "../../util/json-diff.ts";
import { formatJson, type JsonFormat, parseJson } from "../../util/json-file.ts";
import type { ProgramText } from "../identity/program.ts";
import { type Files, readWhole, replaceFile } from "./files.ts";

/**
 * Raised when an older folder would be misread: 3 has the fields `evaluations`, `finalist` and `baseline` in events.
 */
const VERSION = 3;
const FILE = "run.json";
const LARGEST = 64 * 2 ** 20;

/** What identifies a run: only a run with the same identity may continue in its folder. */
export interface RunIdentity {
  /** Everything that decides what the run does, as plain JSON. */
  readonly config: Json;
  readonly seed: number | undefined;
  /** A hash of the data. */
  readonly dataset: string | undefined;
  /** Hashes of the texts of the program and its judge, by place; undefined for a run that executes no program. */
  readonly program?: ProgramText | undefined;
}

/** The content of `run.json`. */
export interface RunInfo extends RunIdentity {
  /** Unique to this run. */
  readonly id: string;
  /** ISO date and time. */
  readonly created: string;
  /** The version of tracegrad that began the run. */
  readonly packageVersion: string;
}

/** The info of a new run. */
export function newInfo(identity: RunIdentity): RunInfo {
  return { ...identity, id: randomUUID(), created: new Date().toISOString(), packageVersion: packageVersion() };
}

/** Writes `run.json` atomically. */
export async function writeInfo(files: Files, folder: string, info: RunInfo): Promise<void> {
  const { id, created, seed, dataset, config, program } = info;
  const about = { id, created, packageVersion: info.packageVersion };
  const fields = { ...about, configHash: identityHash(info), seed, dataset, config, program };
  await replaceFile(files, join(folder, FILE), formatJson(formatOf(folder), fields));
}

/**
 * Reads `run.json`; undefined when there is none.
 * @throws TracegradError `"run-damaged"`, or `"run-version"` when another version of tracegrad wrote it.
 */
export async function readInfo(files: Files, folder: string): Promise<RunInfo | undefined> {
  const path = join(folder, FILE);
  const bytes = await readWhole(files, path, LARGEST);
  if (bytes === undefined) return undefined;
  const json = parseJson(new TextDecoder().decode(bytes), formatOf(folder));
  const { format: _, version: __, configHash, ...info } = json;
  const { id, created, config } = info;
  if (typeof id !== "string" || typeof created !== "string" || config === undefined) {
    throw damagedError(path, "fields are missing");
  }
  const found = { seed: undefined, dataset: undefined, packageVersion: "unknown", ...info } as unknown as RunInfo;
  if (identityHash(found) !== configHash) throw damagedError(path, "the hash of its config does not match");
  return found;
}

function formatOf(folder: string): JsonFormat {
  return {
    format: "tracegrad-run",
    version: VERSION,
    damaged: (how) => damagedError(join(folder, FILE), how),
    unsupported: (version) => versionError(folder, version),
  };
}

function versionError(folder: string, version: number): TracegradError {
  const own = `this tracegrad (${packageVersion()}) reads format ${VERSION}`;
  const writer = version === 1 ? "`npx tracegrad@0.1 report`" : "the tracegrad that wrote it";
  const fix = version > VERSION ? "Update tracegrad" : `Read it with ${writer}`;
  return new TracegradError(
    "run-version",
    `The run in ${folder} has format ${version}; ${own}. ${fix}, or give this run another folder.`,
  );
}

function identityHash({ config, program }: RunIdentity): string {
  return hashOf(program === undefined ? config : { config, program });
}

/** Throws `"run-differs"` when `current` is not the run in the folder; names the first field that differs. */
export function checkSameRun(folder: string, stored: RunIdentity, current: RunIdentity): void {
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ["config", stored.config, current.config],
    ["seed", stored.seed, current.seed],
    ["dataset", stored.dataset, current.dataset],
  ];
  for (const [name, before, after] of pairs) {
    const [first] = jsonDifferences(before, after, name);
    if (first === undefined) continue;
    throw new TracegradError(
      "run-differs",
      `The folder ${folder} holds another run: ${differenceInWords(first)}. Give this run another folder, or restore ` +
        "what it was.",
    );
  }
}

/** A hash says nothing to a reader, but what it is of does. */
function differenceInWords({ path, before, after }: JsonDifference): string {
  if (!isHash(before) || !isHash(after)) return `${path} is ${displayOf(before)} there and ${displayOf(after)} here`;
  const [, kind, name] = /^config\.(parameters|data)\.(.+)$/.exec(path) ?? [];
  if (kind === "parameters") return `the parameter "${name}" had another value when it began`;
  return kind === "data" ? `its ${name} examples were others when it began` : `${path} was another when it began`;
}

function isHash(value: unknown): boolean {
  return typeof value === "string" && /^(?:[0-9a-f]{12}|[0-9a-f]{16})$/.test(value);
}

/**
 * What has changed in the program of a run since it began, in sentences for people; none for the same program. Places
 * that only one of the two knows are ignored: either what mentions them has changed as well, or the engine does not
 * show them.
 * @throws TracegradError `"run-differs"` when something has changed, unless `accept` is true.
 */
export function checkSameProgram(
  folder: string,
  stored: RunIdentity,
  { program = {} }: RunIdentity,
  accept: boolean,
): string[] {
  const { program: before = {} } = stored;
  const changed = Object.keys(program).filter(
    (place) => Object.hasOwn(before, place) && before[place] !== program[place],
  );
  if (changed.length === 0) return [];
  const what = changed.slice(0, 3).map(placeInWords).join("; ") + (changed.length > 3 ? "; and more" : "");
  if (accept) return [`The run continues although its program has changed, because changes were accepted: ${what}.`];
  throw new TracegradError(
    "run-differs",
    `The run in ${folder} was begun with another program: ${what}. Old and new scores would not be comparable. ` +
      "Restore the program, or give this run another folder, where everything is evaluated again. If the change " +
      "cannot alter any score, continue with `acceptChanges: true` (--accept-changes).",
  );
}

/** `guide > weights` is a part of the guide. */
function placeInWords(place: string): string {
  const [root = "", ...rest] = place.split(" > ");
  const name = rest.at(-1);
  return name === undefined ? `the ${root} has changed` : `\`${name}\`, which the ${root} uses, has changed`;
}

function displayOf(value: unknown): string {
  if (value === undefined) return "not set";
  const text = stableStringify(value);
  return text.length > 80 ? `${headOf(text, 80)}…` : text;
}

function damagedError(path: string, how: string): TracegradError {
  return new TracegradError(
    "run-damaged",
    `${path} cannot be read as the description of a run: ${how}. Restore it from a copy, or give this run another ` +
      "folder.",
  );
}
