/** Lets one of several, in this process or another one, make a file that all of them want. */

import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { isOfAnother, markOfProcess } from "./process-mark.ts";

/** Files that are being made in this process. */
const inThisProcess = new Set<string>();

/**
 * Takes the turn to make `file`, and gives the function that ends it; undefined while another one has the turn. The turn
 * of a process that has died is free. Where no mark can be left, everybody has a turn.
 */
export async function takeTurn(file: string): Promise<(() => Promise<void>) | undefined> {
  const path = resolve(file);
  if (inThisProcess.has(path)) return undefined;
  inThisProcess.add(path);
  const mark = `${path}.asking`;
  if ((await leaveMark(mark)) === "another's") {
    inThisProcess.delete(path);
    return undefined;
  }
  return async () => {
    await rm(mark, { force: true }).catch(() => {});
    inThisProcess.delete(path);
  };
}

async function leaveMark(mark: string): Promise<"ours" | "another's"> {
  const draft = `${mark}.${process.pid}`;
  try {
    await mkdir(dirname(mark), { recursive: true });
    // A link is there with its content at once, or not at all.
    await writeFile(draft, markOfProcess());
    await link(draft, mark);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== "EEXIST") return "ours";
    const there = await readFile(mark, "utf8").catch(() => "");
    if (isOfAnother(there)) return "another's";
    await rename(draft, mark).catch(() => {});
  } finally {
    await rm(draft, { force: true }).catch(() => {});
  }
  return "ours";
}
