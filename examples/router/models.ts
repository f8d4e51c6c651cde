/** Whose answers a run of the example uses: those on record, or new ones from a mailbox. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { type LanguageModel, mailbox, record, replay } from "tracegrad/llm";
import { scripted } from "tracegrad/testing";
import { setups } from "./optimizers.ts";

/** Optimizers that ask no model are given one that would say so. */
const nobody: LanguageModel = scripted(() => Promise.reject(new Error("This optimizer was not expected to ask.")));

/** Whether an optimizer asks no model. */
export function asksNobody(name: string): boolean {
  return name === "bootstrap" || name === "localsearch";
}

/** Those that can run as they are: two ask no model, and the others need a cassette. */
export function ready(): readonly string[] {
  return Object.keys(setups).filter((name) => asksNobody(name) || existsSync(cassetteOf(name)));
}

/** The answers on record. */
export function recorded(name: string): LanguageModel {
  return asksNobody(name) ? nobody : replay(cassetteOf(name));
}

/** Answers that somebody writes into a folder; with `keep` they are put on record. */
export function written(name: string, folder: string, keep: boolean): LanguageModel {
  const asked = mailbox(join(folder, name));
  if (!keep) return asked;
  return record(asked, cassetteOf(name), { note: `router, ${name}, ${new Date().toISOString().slice(0, 10)}` });
}

/** The cassette of an optimizer's answers. */
export function cassetteOf(name: string): string {
  return join(import.meta.dirname, "cassettes", `${name}.cassette.json`);
}
