/**
 * The batches that were sent and not read to the end: in memory, and in a folder from which a later process goes on.
 */

import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { isMissing, messageOf, TracegradError } from "../util/errors.ts";
import { formatJson, type JsonFormat, parseJson, writeWhole } from "../util/json-file.ts";
import type { MessageBatch } from "./message-batch.ts";

/** A batch that was sent. */
export interface SentBatch {
  readonly id: string;
  /** Its requests whose results nobody has recorded. */
  readonly left: Set<string>;
  /** Those of them that nobody waits for. */
  readonly free: Set<string>;
  /** Who looks after it; undefined when nobody does. */
  batch: MessageBatch | undefined;
  /** The last writing of its file. */
  saved: Promise<void>;
  /** Whether that has not begun, so that it writes later changes too. */
  isToBeSaved: boolean;
}

/** See the head of the file. */
export class SentBatches {
  readonly #folder: string | undefined;
  readonly #sent = new Map<string, SentBatch>();
  #loading: Promise<void> | undefined;

  constructor(folder: string | undefined) {
    this.#folder = folder;
  }

  /** Adds a batch. Its file is there before this resolves. */
  async add(batch: MessageBatch, id: string, requests: readonly string[]): Promise<void> {
    // Some may have been left while the batch was being sent.
    const free = new Set(requests.filter((request) => !batch.isAwaited(request)));
    const sent = { id, left: new Set(requests), free, batch: ownerOf(batch, free.size, requests.length), ...unsaved() };
    this.#sent.set(id, sent);
    await this.#save(sent);
  }

  /** Claims a request with this key of a batch that nobody waits for. */
  async claim(key: string): Promise<{ readonly sent: SentBatch; readonly request: string } | undefined> {
    this.#loading ??= this.#load();
    await this.#loading;
    for (const sent of this.#sent.values()) {
      for (const request of sent.free) {
        if (!request.startsWith(`${key}-`)) continue;
        sent.free.delete(request);
        return { sent, request };
      }
    }
    return undefined;
  }

  /** Takes note that the result of a request is recorded by who waited for it, or of no use. */
  async given(batch: MessageBatch | undefined, request: string): Promise<void> {
    const sent = this.#of(batch);
    if (sent?.left.delete(request)) await this.#save(sent);
  }

  /** Takes note that nobody waits for a request any more. */
  leave(batch: MessageBatch, request: string): void {
    const sent = this.#of(batch);
    if (sent === undefined) return;
    sent.free.add(request);
    sent.batch = ownerOf(batch, sent.free.size, sent.left.size);
  }

  #of(batch: MessageBatch | undefined): SentBatch | undefined {
    if (batch === undefined) return undefined;
    return [...this.#sent.values()].find((sent) => sent.batch === batch);
  }

  /** What cannot be written is left out: the results are paid, and given all the same. */
  async #save(sent: SentBatch): Promise<void> {
    if (sent.left.size === 0) this.#sent.delete(sent.id);
    const folder = this.#folder;
    if (folder === undefined || sent.isToBeSaved) return sent.saved;
    const write = async (): Promise<void> => {
      sent.isToBeSaved = false;
      const file = fileOf(folder, sent.id);
      const text = formatJson(formatOf(file), { id: sent.id, requests: [...sent.left] });
      await (sent.left.size === 0 ? rm(file, { force: true }) : writeWhole(file, text));
    };
    sent.isToBeSaved = true;
    sent.saved = sent.saved.then(write).catch(warn);
    return sent.saved;
  }

  async #load(): Promise<void> {
    if (this.#folder === undefined) return;
    const names = await readdir(this.#folder).catch((thrown: unknown) => {
      if (!isMissing(thrown)) warn(thrown);
      return [];
    });
    for (const name of names.filter((one) => one.endsWith(".json"))) {
      const file = join(this.#folder, name);
      try {
        const { id, requests } = parseJson(await readFile(file, "utf8"), formatOf(file));
        if (typeof id !== "string" || !Array.isArray(requests)) throw formatOf(file).damaged("it names no batch");
        const [left, free] = [new Set(requests.map(String)), new Set(requests.map(String))];
        this.#sent.set(id, { id, left, free, batch: undefined, ...unsaved() });
      } catch (thrown) {
        warn(thrown);
      }
    }
  }
}

/** Who looks after a batch: nobody once its last request has been left. */
function ownerOf(batch: MessageBatch, free: number, left: number): MessageBatch | undefined {
  return free === left ? undefined : batch;
}

function unsaved(): Pick<SentBatch, "saved" | "isToBeSaved"> {
  return { saved: Promise.resolve(), isToBeSaved: false };
}

/** The id comes from a server. */
function fileOf(folder: string, id: string): string {
  return join(folder, `${id.replace(/[^\w-]+/g, "_").slice(0, 100)}.json`);
}

function formatOf(file: string): JsonFormat {
  return {
    format: "tracegrad-batch",
    version: 1,
    damaged: (how) => new TracegradError("answer-damaged", `The batch ${file} cannot be read: ${how}`),
  };
}

function warn(thrown: unknown): void {
  process.emitWarning(`${messageOf(thrown)}. What was paid in that batch may be paid again.`, "TracegradWarning");
}
