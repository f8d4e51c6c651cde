/**
 * The prompts of a mailbox that wait for an answer, also those of a process that has died: which they are, and whose.
 */

import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { messageOf, TracegradError } from "../util/errors.ts";
import { hashOf } from "../util/json.ts";
import { isOfAnother, newMark, removeMark } from "../util/process-owner.ts";
import type { ModelRequest } from "./llm.ts";
import { letterOf } from "./mailbox-letter.ts";

/** A prompt in its folder. */
export interface Posted {
  /** The file that is to hold the answer. */
  readonly answer: string;
  /** Puts the prompt there; does nothing when it is there already. */
  post(): Promise<void>;
  /** Ends the waiting. `takeAway` removes the prompt too, unless another process waits for its answer by now. */
  close(takeAway: boolean): Promise<void>;
}

/** Beside a prompt whose answer is awaited: says by which process. */
const WAITING = ".waiting.json";

/** The prompts that this process waits for, by path. */
const postedHere = new Set<string>();

/** The prompts of one folder. */
export class PostOffice {
  readonly #folder: string;
  #last = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * The open, abandoned prompt of an equal request, or a new one. One at a time, so that two
   * prompts that are wanted at once get different numbers. Throws `"mailbox-folder"`.
   */
  claim(request: ModelRequest): Promise<Posted> {
    const claimed = this.#turn.then(() => this.#claim(request));
    this.#turn = claimed.catch(() => {});
    return claimed;
  }

  async #claim(request: ModelRequest): Promise<Posted> {
    const folder = this.#folder;
    const hash = hashOf(request).slice(0, 8);
    try {
      await mkdir(folder, { recursive: true });
      const names = await readdir(folder);
      const open = await openPrompt(folder, names, { request, hash });
      const numbers = names.map((name) => Number(/^(\d{4,15})-/.exec(name)?.[1] ?? 0));
      if (open === undefined) this.#last = numbers.reduce((a, b) => Math.max(a, b), this.#last) + 1;
      const id = open ?? `${String(this.#last).padStart(4, "0")}-${hash}`;
      postedHere.add(resolve(folder, id));
      return posted(folder, id, request, open !== undefined);
    } catch (thrown) {
      throw unusable(folder, thrown);
    }
  }
}

function posted(folder: string, id: string, request: ModelRequest, isThere: boolean): Posted {
  const files = letterOf(request, id);
  const [waiting, mark] = [join(folder, `${id}${WAITING}`), newMark()];
  return {
    answer: join(folder, `${id}.answer.md`),
    async post() {
      try {
        await writeFile(waiting, mark);
        if (isThere) return;
        // The prompt comes last and in one move, so that a reader of the folder never sees half of it.
        for (const { name, content } of files) {
          const draft = join(folder, `${name}.tmp`);
          await writeFile(draft, content);
          await rename(draft, join(folder, name));
        }
      } catch (thrown) {
        throw unusable(folder, thrown);
      }
    },
    async close(takeAway) {
      const isShared = (await removeMark(waiting, mark)) === "another's";
      const gone = takeAway && !isShared ? files.map(({ name }) => join(folder, name)) : [];
      await Promise.all(gone.map((file) => rm(file, { force: true }).catch(() => {})));
      postedHere.delete(resolve(folder, id));
    },
  };
}

interface WantedPrompt {
  readonly request: ModelRequest;
  readonly hash: string;
}

/** The id of the first open prompt of the request that no process waits for; undefined when there is none. */
async function openPrompt(folder: string, names: readonly string[], wanted: WantedPrompt): Promise<string | undefined> {
  const ids = names.flatMap((name) => /^(\d{4,15}-[\da-f]{8})\.prompt\.md$/.exec(name)?.[1] ?? []).sort();
  for (const id of ids.filter((one) => one.endsWith(wanted.hash))) {
    if (postedHere.has(resolve(folder, id))) continue;
    // Before the answer is read the mark goes, so an old answer is never taken for that to a new prompt.
    const mark = await readFile(join(folder, `${id}${WAITING}`), "utf8").catch(() => undefined);
    // Where it is unknown whether another process waits, equal questions may share an answer.
    const isOpen = mark === undefined ? !(await exists(join(folder, `${id}.answer.md`))) : !isOfAnother(mark);
    if (isOpen && (await isLetterOf(wanted.request, folder, id))) return id;
  }
  return undefined;
}

async function isLetterOf(request: ModelRequest, folder: string, id: string): Promise<boolean> {
  const letter = letterOf(request, id).at(-1);
  const there = await readFile(join(folder, `${id}.prompt.md`), "utf8").catch(() => undefined);
  return there !== undefined && there === letter?.content;
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

/** The error for a folder or file that cannot be used. */
export function unusable(path: string, thrown: unknown): TracegradError {
  const text = `The mailbox cannot use ${path}: ${messageOf(thrown)}. Give a folder that can be read and written.`;
  return new TracegradError("mailbox-folder", text);
}
