/** Lets one of several, in this process or another one, make a file that all of them want. */

import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { threadId } from "node:worker_threads";
import { isOfAnother, newMark, removeMark } from "../util/process-owner.ts";

/** Files that are being made in this process. */
const inThisProcess = new Set<string>();

/**
 * Takes the turn to make `file`, and gives the function that ends it; undefined while another one on this machine has
 * the turn. The turn of a process that has died is free. Turns do not hold between machines that share a folder, nor
 * where no mark can be left: there everybody has a turn.
 */
export async function takeTurn(file: string): Promise<(() => Promise<void>) | undefined> {
  const path = resolve(file);
  if (inThisProcess.has(path)) return undefined;
  inThisProcess.add(path);
  const [place, mark] = [`${path}.asking`, newMark()];
  if ((await leaveMark(place, mark)) === "another's") {
    inThisProcess.delete(path);
    return undefined;
  }
  return async () => {
    await removeMark(place, mark);
    inThisProcess.delete(path);
  };
}

async function leaveMark(place: string, mark: string): Promise<"ours" | "another's"> {
  const draft = `${place}.${process.pid}-${threadId}`;
  try {
    await mkdir(dirname(place), { recursive: true });
    // A link is there with its content at once, or not at all.
    await writeFile(draft, mark);
    await link(draft, place);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== "EEXIST") return "ours";
    const there = await readFile(place, "utf8").catch(() => "");
    if (isOfAnother(there)) return "another's";
    await rename(draft, place).catch(() => {});
  } finally {
    await rm(draft, { force: true }).catch(() => {});
  }
  return "ours";
}
