/** Changes a playbook by operations: all of them or none, within its limits. Pure. */

import { headOf } from "../../util/cut.ts";
import { preview } from "../../util/preview.ts";
import type { AnswerFields } from "../prompt/unwrap.ts";
import {
  type Bullet,
  limitsOf,
  maxBulletLength,
  numberOf,
  type Playbook,
  type PlaybookLimits,
  type PlaybookSettings,
  playbookTokens,
} from "./bullets.ts";

/** What a bullet did in a run. */
export type BulletTag = "helpful" | "harmful" | "neutral";

/**
 * A change of a playbook. ADD makes a bullet, UPDATE rewrites one but not its id and counters, MERGE turns several into
 * the oldest of them and adds their counters, DELETE removes one, TAG counts what one did.
 */
export type PlaybookOperation =
  | { readonly type: "ADD"; readonly section: string; readonly text: string }
  | { readonly type: "UPDATE"; readonly id: string; readonly text: string; readonly section?: string }
  | { readonly type: "MERGE"; readonly ids: readonly string[]; readonly text: string; readonly section?: string }
  | { readonly type: "DELETE"; readonly id: string }
  | { readonly type: "TAG"; readonly id: string; readonly tag: BulletTag };

/** Why an operation is refused. */
export interface DeltaRefusal {
  /** Which of the operations, from 0. */
  readonly index: number;
  readonly reason: string;
}

/** A playbook after some operations, and what they changed. */
export interface DeltaResult {
  /** The playbook after the operations; the same as before when an operation is refused. */
  readonly playbook: Playbook;
  /** Why nothing changed; empty when all operations were applied. */
  readonly refused: readonly DeltaRefusal[];
  /** The ids of the new bullets, also of those that were then dropped. */
  readonly added: readonly string[];
  /** Bullets that became part of another one, with their counters: by MERGE, or because the texts became equal. */
  readonly merges: readonly { readonly id: string; readonly into: string }[];
  /** Bullets that were dropped for lack of space, the worst first. */
  readonly dropped: readonly Bullet[];
}

/**
 * Applies `operations` in their order, all or none. Bullets whose texts are equal except for whitespace become one, the
 * older, with the sum of the counters; adding a text that is already there adds nothing. When the playbook exceeds its
 * limits, bullets are dropped: first those that misled more often than they helped (`harmful - helpful`), and of equal
 * ones the oldest.
 *
 * Operations name bullets of the original playbook: the id of a bullet that they add is not known before.
 * @param settings The limits; those of the parameter, where the playbook is the value of one.
 * @throws TracegradError `bad-option` for invalid limits; never for operations.
 */
export function applyDelta(
  playbook: Playbook,
  operations: readonly PlaybookOperation[],
  settings: PlaybookSettings = {},
): DeltaResult {
  const limits = limitsOf(settings);
  const draft = new PlaybookDraft(playbook, limits);
  const refused: DeltaRefusal[] = [];
  for (const [index, given] of operations.entries()) {
    // The types promise an operation, but operations come from models.
    const operation = readOperation(given, limits);
    const reason = typeof operation === "string" ? operation : draft.apply(operation);
    if (reason !== undefined) refused.push({ index, reason });
  }
  if (refused.length > 0) return { playbook, refused, added: [], merges: [], dropped: [] };
  const { bullets, dropped } = trim([...draft.bullets.values()], limits);
  const { next, added, merges } = draft;
  return { playbook: { bullets, next }, refused, added, merges, dropped };
}

/** A playbook while it changes. */
class PlaybookDraft {
  /** By id, the oldest first. */
  readonly bullets: Map<string, Bullet> = new Map();
  readonly added: string[] = [];
  readonly merges: { readonly id: string; readonly into: string }[] = [];
  next: number;
  readonly #limits: PlaybookLimits;
  readonly #given: ReadonlySet<string>;
  readonly #byText: Map<string, string> = new Map();

  constructor({ bullets, next }: Playbook, limits: PlaybookLimits) {
    this.#limits = limits;
    this.#given = new Set(bullets.map(({ id }) => id));
    this.next = bullets.reduce((least, { id }) => Math.max(least, numberOf(id) + 1), next);
    for (const bullet of bullets) this.#put(bullet);
  }

  /** Applies an operation, or says why it is refused. */
  apply(operation: PlaybookOperation): string | undefined {
    if (operation.type === "ADD") return this.#add(operation.section, operation.text);
    const ids = operation.type === "MERGE" ? operation.ids : [operation.id];
    const missing = ids.find((id) => !this.bullets.has(id) || !this.#given.has(id));
    if (missing !== undefined) return this.#missing(missing);
    if (operation.type === "DELETE") return this.#remove(operation.id);
    if (operation.type === "TAG") {
      const { id, tag } = operation;
      const bullet = this.bullets.get(id) as Bullet;
      if (tag !== "neutral") this.bullets.set(id, { ...bullet, [tag]: plus(bullet[tag], 1) });
      return undefined;
    }
    return this.#rewrite(ids, operation);
  }

  #missing(id: string): string {
    if (this.#given.has(id)) return `The bullet [${id}] was deleted or merged by an operation before this one.`;
    const known = [...this.#given].slice(0, 50).join(", ");
    const bullets =
      known === "" ? "The playbook is empty." : `The bullets are: ${known}${this.#given.size > 50 ? ", …" : ""}.`;
    return `There is no bullet ${JSON.stringify(headOf(id, 80))}. ${bullets}`;
  }

  #add(section: string, text: string): string | undefined {
    if (this.#byText.has(keyOf(text))) return undefined;
    const bullet = { id: `b${this.next}`, section, text, helpful: 0, harmful: 0 };
    if (!this.#fits(bullet)) return this.#tooLong();
    this.next += 1;
    this.added.push(bullet.id);
    this.#put(bullet);
    return undefined;
  }

  /** Gives the oldest of the bullets a new text, and the counters of all. */
  #rewrite(ids: readonly string[], { text, section }: { readonly text: string; readonly section?: string }) {
    const all = new Set(ids);
    const [first, ...others] = [...this.bullets.values()].filter(({ id }) => all.has(id)) as [Bullet, ...Bullet[]];
    if (!this.#fits({ ...first, text, section: section ?? first.section })) return this.#tooLong();
    const summed = others.reduce(addCounts, first);
    for (const { id } of others) {
      this.#remove(id);
      this.merges.push({ id, into: first.id });
    }
    if (this.#byText.get(keyOf(first.text)) === first.id) this.#byText.delete(keyOf(first.text));
    this.#put({ ...summed, text, section: section ?? first.section });
    return undefined;
  }

  /** Puts a bullet in its position. With another of the same text it becomes one. */
  #put(bullet: Bullet): void {
    const key = keyOf(bullet.text);
    const twin = this.bullets.get(this.#byText.get(key) ?? "");
    if (twin === undefined || twin.id === bullet.id) {
      this.bullets.set(bullet.id, bullet);
      this.#byText.set(key, bullet.id);
      return;
    }
    const isFirst =
      this.bullets.has(bullet.id) &&
      [...this.bullets.keys()].find((id) => id === twin.id || id === bullet.id) === bullet.id;
    const [older, newer] = isFirst ? [bullet, twin] : [twin, bullet];
    this.bullets.delete(newer.id);
    this.bullets.set(older.id, addCounts(older, newer));
    this.#byText.set(key, older.id);
    this.merges.push({ id: newer.id, into: older.id });
  }

  #remove(id: string): undefined {
    const bullet = this.bullets.get(id);
    this.bullets.delete(id);
    if (bullet !== undefined) this.#byText.delete(keyOf(bullet.text));
    return undefined;
  }

  #fits(bullet: Bullet): boolean {
    return playbookTokens({ bullets: [bullet], next: 1 }) <= this.#limits.maxTokens;
  }

  #tooLong(): string {
    return `The text is longer than the whole playbook may be: ${this.#limits.maxTokens} tokens.`;
  }
}

/** Texts that differ only in whitespace are equal. */
function keyOf(text: string): string {
  return text.trim().replace(/\s+/g, " ");
}

function addCounts(bullet: Bullet, other: Bullet): Bullet {
  return { ...bullet, helpful: plus(bullet.helpful, other.helpful), harmful: plus(bullet.harmful, other.harmful) };
}

function plus(one: number, other: number): number {
  return Math.min(one + other, Number.MAX_SAFE_INTEGER);
}

/** The bullets that fit within the limits, and the rest. */
function trim(bullets: readonly Bullet[], { maxBullets, maxTokens }: PlaybookLimits) {
  const worst = bullets
    .map((bullet, age) => ({ bullet, age, harm: bullet.harmful - bullet.helpful }))
    .sort((one, other) => other.harm - one.harm || one.age - other.age);
  const left = new Set(bullets);
  const dropped: Bullet[] = [];
  for (const { bullet } of worst) {
    if (left.size <= maxBullets && playbookTokens({ bullets: [...left], next: 1 }) <= maxTokens) break;
    left.delete(bullet);
    dropped.push(bullet);
  }
  return { bullets: [...left], dropped };
}

const kinds = ["ADD", "UPDATE", "MERGE", "DELETE", "TAG"] as const;
const tags: readonly unknown[] = ["helpful", "harmful", "neutral"];

/** The operation that `given` is, with its texts trimmed; a sentence that says what is wrong with any other value. */
function readOperation(given: unknown, limits: PlaybookLimits): PlaybookOperation | string {
  if (typeof given !== "object" || given === null) return `It is no operation: ${preview(given, 80)}.`;
  const fields = given as AnswerFields;
  const type = kinds.find((kind) => kind === fields["type"]);
  if (type === undefined) return `"type" is one of ${kinds.join(", ")}; got ${preview(fields["type"], 80)}.`;
  const problem = problemIn(type, fields, limits);
  if (problem !== undefined) return problem;
  const { id, ids, tag } = fields as { id: string; ids: readonly string[]; tag: BulletTag };
  if (type === "DELETE") return { type, id };
  if (type === "TAG") return { type, id, tag };
  const text = (fields["text"] as string).trim();
  const section = isPresent(fields["section"]) ? { section: fields["section"] as string } : {};
  if (type === "MERGE") return { type, ids: [...new Set(ids)], text, ...section };
  return type === "UPDATE" ? { type, id, text, ...section } : { type, section: fields["section"] as string, text };
}

function problemIn(type: PlaybookOperation["type"], fields: AnswerFields, limits: PlaybookLimits): string | undefined {
  const { id, ids, tag, text } = fields;
  const hasId = type === "UPDATE" || type === "DELETE" || type === "TAG";
  if (hasId && typeof id !== "string") return `${type} needs "id", the id of a bullet.`;
  if (type === "MERGE") {
    const isList = Array.isArray(ids) && ids.every((one) => typeof one === "string");
    if (!isList || new Set(ids).size < 2) return 'MERGE needs "ids", the ids of two or more different bullets.';
  }
  if (type === "TAG") return tags.includes(tag) ? undefined : `"tag" is one of ${tags.join(", ")}.`;
  if (type === "DELETE") return undefined;
  return textProblem(type, text) ?? sectionProblem(type, fields["section"], limits);
}

function textProblem(type: string, text: unknown): string | undefined {
  if (typeof text !== "string" || text.trim() === "") return `${type} needs "text", which is not empty.`;
  if (text.length <= maxBulletLength) return undefined;
  return `The text has ${text.length} characters; the most is ${maxBulletLength}.`;
}

function sectionProblem(type: string, section: unknown, { sections }: PlaybookLimits): string | undefined {
  if (!isPresent(section) && type !== "ADD") return undefined;
  if (sections.includes(section as string)) return undefined;
  const got = isPresent(section) ? `There is no section ${preview(section, 80)}.` : `${type} needs "section".`;
  return `${got} The sections are: ${sections.join(", ")}.`;
}

/** Models write null or an empty text for what they leave out. */
function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "";
}
