/** The two Kaggle data sets: reading them, and dividing the labelled rows into three parts. */

import { join } from "node:path";
import { TracegradError } from "tracegrad";
import { loadCsv } from "tracegrad/data";
import type { Cell, TableRow } from "./toolkit/frames.ts";
import { shuffle } from "./toolkit/measures.ts";

/** The names of the two data sets. */
export type TaskName = "housing" | "spaceship";

/** Rows with what is to be predicted for each. */
export interface Labelled {
  readonly rows: readonly TableRow[];
  readonly labels: readonly number[];
}

/** A data set. The optimizer sees what becomes of `train` and `validation`, never the others. */
export interface TaskData {
  readonly train: Labelled;
  readonly validation: Labelled;
  /** A fifth of the labelled rows, sealed: for the last word. */
  readonly heldOut: Labelled;
  /** The rows of Kaggle's test file, without labels, for the submission file. */
  readonly unlabelled: readonly TableRow[];
}

interface Source {
  readonly folder: string;
  readonly label: string;
  readonly address: string;
}

const sources: Readonly<Record<TaskName, Source>> = {
  housing: {
    folder: "house-prices",
    label: "SalePrice",
    address: "https://www.kaggle.com/c/house-prices-advanced-regression-techniques/data",
  },
  spaceship: {
    folder: "spaceship-titanic",
    label: "Transported",
    address: "https://www.kaggle.com/c/spaceship-titanic/data",
  },
};

const splitSeed = 42;

/**
 * Reads a data set from the folder `house-prices` or `spaceship-titanic` in `root`.
 * @throws TracegradError `no-data` without the files, `bad-data` when they are something else.
 */
export async function loadTask(root: string, task: TaskName): Promise<TaskData> {
  const { folder, label, address } = sources[task];
  const [labelled, unlabelled] = await Promise.all([read("train.csv"), read("test.csv")]);
  if (labelled[0]?.[label] === undefined) {
    const file = join(root, folder, "train.csv");
    throw new TracegradError("bad-data", `${file} has no column ${label}. Take train.csv from ${address}.`);
  }
  const toRow = rowReader(labelled, label);
  return divide({
    rows: labelled.map(toRow),
    labels: labelled.map((row) => labelOf(row[label] as string)),
    unlabelled: unlabelled.map(toRow),
  });

  async function read(file: string): Promise<readonly Record<string, string>[]> {
    const path = join(root, folder, file);
    try {
      return await loadCsv(path);
    } catch (cause) {
      const problem = `${path} cannot be read. Download it from ${address}, and name the folder above with --data.`;
      throw new TracegradError("no-data", problem, { cause });
    }
  }
}

function labelOf(text: string): number {
  if (text === "True") return 1;
  return text === "False" ? 0 : Number(text);
}

/** Makes rows of texts: a column is numbers, booleans or texts by what its labelled rows hold. */
function rowReader(rows: readonly Record<string, string>[], label: string) {
  const columns = Object.keys(rows[0] ?? {}).filter((name) => name !== label);
  const kinds = columns.map((name) => {
    const texts = rows.map((row) => row[name] as string).filter((text) => !isMissing(text));
    if (texts.every((text) => text === "True" || text === "False")) return [name, readBoolean] as const;
    return [name, texts.every((text) => Number.isFinite(Number(text))) ? Number : String] as const;
  });
  return (row: Record<string, string>): TableRow =>
    Object.fromEntries(
      kinds.map(([name, readAs]): [string, Cell] => {
        const text = row[name];
        return [name, text === undefined || isMissing(text) ? null : readAs(text)];
      }),
    );
}

function readBoolean(text: string): boolean {
  return text === "True";
}

function isMissing(text: string): boolean {
  return text === "" || text === "NA";
}

/** A fifth of the rows is held out; of the others a fifth is for validation, as in the paper. */
function divide({ rows, labels, unlabelled }: Labelled & Pick<TaskData, "unlabelled">): TaskData {
  const order = shuffle(rows.length, splitSeed);
  const heldOut = order.splice(0, Math.round(rows.length / 5));
  const validation = order.splice(0, Math.round(order.length / 5));
  const pick = (places: readonly number[]): Labelled => ({
    rows: places.map((place) => rows[place] as TableRow),
    labels: places.map((place) => labels[place] as number),
  });
  return { train: pick(order), validation: pick(validation), heldOut: pick(heldOut), unlabelled };
}

/** Two parts as one. */
export function bothOf(a: Labelled, b: Labelled): Labelled {
  return { rows: [...a.rows, ...b.rows], labels: [...a.labels, ...b.labels] };
}
