/** Reads rows from JSON, JSON Lines and CSV files, with errors that name the file, the line and the fix. */

import { readFile } from "node:fs/promises";
import { messageOf, TracegradError } from "../../util/errors.ts";
import { isRecord } from "../../util/is-record.ts";
import { preview } from "../../util/preview.ts";
import { jsonErrorAt } from "./json-error.ts";
import { pickFix } from "./pick-fix.ts";

/** A row: fields by name. */
export type Row = Readonly<Record<string, unknown>>;

/**
 * The rows of a JSON file: an array of objects, or what `pick` takes from its data: the name of the field that holds
 * the array, or a function. `R` is the type of the rows; it is not checked.
 * @throws TracegradError `bad-data` when the file cannot be read, is not JSON, or holds no array of objects.
 * @example
 * const rows = await loadJson<{ input: string; target: string }>("boolean_expressions.json", "examples");
 */
export async function loadJson<R extends object = Row>(
  path: string,
  pick?: string | ((data: unknown) => unknown),
): Promise<R[]> {
  const text = await textOf(path);
  const data = parseJson(text, (problem, offset) => {
    const line = text.slice(0, offset).split("\n").length;
    return badData({ path, line }, problem, "Fix the JSON there.");
  });
  const rows = pick === undefined ? data : typeof pick === "string" ? fieldOf(data, pick) : pick(data);
  if (!Array.isArray(rows)) throw noArray(path, data, rows, pick);
  const bad = rows.findIndex((row) => !isRecord(row));
  if (bad >= 0) throw badData({ path }, `item ${bad} is ${preview(rows[bad], 60)}, not an object`, pickFix(data));
  return rows as R[];
}

/**
 * The rows of a JSON Lines file: one object per line; empty lines are ignored. `R` is the type of the rows; it is not
 * checked.
 * @throws TracegradError `bad-data` when the file cannot be read, or a line is not a JSON object.
 */
export async function loadJsonl<R extends object = Row>(path: string): Promise<R[]> {
  const rows: R[] = [];
  for (const [index, line] of (await textOf(path)).split("\n").entries()) {
    if (line.trim() === "") continue;
    const row = parseJson(line, (problem) =>
      badData({ path, line: index + 1 }, problem, "Write one whole JSON object per line."),
    );
    if (!isRecord(row)) {
      throw badData(
        { path, line: index + 1 },
        `${preview(row, 60)} is not an object`,
        "Write one JSON object per line.",
      );
    }
    rows.push(row as R);
  }
  return rows;
}

/** Options of {@link loadCsv}. */
export interface CsvOptions {
  /** The separator of fields. Default: a comma. */
  readonly delimiter?: string;
  /** Names of the fields, for a file without a header line. Default: the first line. */
  readonly columns?: readonly string[];
}

/**
 * The rows of a CSV file (RFC 4180), with every field as text; empty lines are ignored.
 * @throws TracegradError `bad-data` when the file cannot be read, a line has too few or too many fields, quotes are
 * wrong, or the header has an empty name or the same name twice.
 */
export async function loadCsv(path: string, options: CsvOptions = {}): Promise<Record<string, string>[]> {
  const text = await textOf(path);
  const { CsvError, parse } = await import("csv-parse/sync");
  const header = (names: readonly string[]): string[] => checkHeader(path, names);
  try {
    return parse<Record<string, string>>(text, {
      columns: options.columns === undefined ? header : header(options.columns),
      delimiter: options.delimiter ?? ",",
      skip_empty_lines: true,
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const { lines } = error as { readonly lines?: unknown };
    throw badData(
      { path, cause: error, ...(typeof lines === "number" && { line: lines }) },
      error.message,
      csvFix(error.code),
    );
  }
}

function csvFix(code: string): string {
  if (code.includes("RECORD_INCONSISTENT"))
    return "Give each line as many fields as the header, and quote fields with commas.";
  if (code.includes("QUOTE")) return 'Put fields with quotes in quotes, and write each quote inside twice: "".';
  return "Fix the file there, or the options.";
}

function checkHeader(path: string, names: readonly string[]): string[] {
  const bad = names.findIndex((name, index) => name === "" || name === "__proto__" || names.indexOf(name) !== index);
  if (bad < 0) return [...names];
  const problem = names[bad] === "" ? "has no name" : `has the name ${JSON.stringify(names[bad])}`;
  throw badData(
    { path, line: 1 },
    `column ${bad + 1} ${problem}`,
    "Give each column a unique name in the header, or in `columns`.",
  );
}

async function textOf(path: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw badData({ path, cause: error }, `cannot be read: ${messageOf(error)}`, "Give the path of a file.");
  }
  try {
    // Also drops a byte order mark.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw badData({ path, cause: error }, "is not UTF-8 text", "Save it as UTF-8.");
  }
}

function parseJson(text: string, fail: (problem: string, offset: number) => TracegradError): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The message quotes the text, with its line ends.
    throw fail(`not JSON: ${messageOf(error).replaceAll(/\s+/g, " ")}`, jsonErrorAt(text));
  }
}

function fieldOf(data: unknown, name: string): unknown {
  return isRecord(data) && Object.hasOwn(data, name) ? data[name] : undefined;
}

function noArray(path: string, data: unknown, rows: unknown, pick: unknown): TracegradError {
  const what =
    pick === undefined ? "the file holds" : typeof pick === "string" ? `the field "${pick}" is` : "`pick` gave";
  return badData({ path }, `${what} ${preview(rows, 60)}, not an array`, pickFix(data));
}

interface DataPosition {
  readonly path: string;
  readonly line?: number;
  readonly cause?: unknown;
}

function badData({ path, line, cause }: DataPosition, problem: string, fix: string): TracegradError {
  const position = line === undefined ? path : `${path}, line ${line}`;
  return new TracegradError("bad-data", `${position}: ${problem}. ${fix}`, cause === undefined ? {} : { cause });
}
