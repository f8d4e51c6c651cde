/** Lets one of several, in this process or another one, make a file that all of them want. */

import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { threadId } from "node:worker_threads";
import { hashOf } from "../util/json.ts";
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
    await writeFile(draft, mark);
    return (await take(draft, place, 0)) ? "ours" : "another's";
  } catch {
    return "ours";
  } finally {
    await rm(draft, { force: true }).catch(() => {});
  }
}

/** The maximum depth of dead marks on dead marks. Each is left by a process that died while it took one over. */
const maxDepth = 4;

/**
 * Makes `place` a link to the draft. A dead mark must be replaced exactly once: takers first take a claim on the very
 * mark that they found, and the winner moves it over the dead one.
 */
async function take(draft: string, place: string, depth: number): Promise<boolean> {
  try {
    // A link is there with its content at once, or not at all.
    await link(draft, place);
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== "EEXIST") throw thrown;
  }
  const found = await readFile(place, "utf8").catch(() => undefined);
  if (found === undefined || isOfAnother(found) || depth >= maxDepth) return false;
  const claim = `${place}.${hashOf(found).slice(0, 8)}`;
  if (!(await take(draft, claim, depth + 1))) return false;
  if ((await readFile(place, "utf8").catch(() => undefined)) === found) {
    await rename(claim, place);
    return true;
  }
  await rm(claim, { force: true });
  return false;
}
