/** Changes a playbook by operations: all of them or none, within its budget. Pure. */

import { headOf } from "../../util/cut.ts";
import {
  type Bullet,
  limitsOf,
  numberOf,
  type Playbook,
  type PlaybookLimits,
  type PlaybookSettings,
} from "./bullets.ts";
import { type PlaybookOperation, readOperation } from "./operations.ts";
import { playbookTokens } from "./text.ts";

/** Why an operation cannot be made. */
export interface DeltaRefusal {
  /** Which of the operations, from 0. */
  readonly index: number;
  readonly reason: string;
}

/** What became of a playbook. */
export interface DeltaResult {
  /** The playbook after the operations; the one that was given when an operation was refused. */
  readonly playbook: Playbook;
  /** Why nothing was changed; empty when all operations were made. */
  readonly refused: readonly DeltaRefusal[];
  /** The ids of the bullets that were made, also of those that were then left out. */
  readonly added: readonly string[];
  /** Bullets that went into another one, with their counters: by MERGE, or because the texts became equal. */
  readonly merged: readonly { readonly id: string; readonly into: string }[];
  /** Bullets that were left out for want of room, the worst first. */
  readonly dropped: readonly Bullet[];
}

/**
 * Makes `operations` in their order, all or none. Bullets whose texts are equal, blanks aside, become one, the older,
 * with the sum of the counters; adding a text that is there adds nothing. When the playbook is over its bounds, bullets
 * are left out: those that misled more often than they helped first (`harmful - helpful`), and of equal ones the
 * oldest.
 *
 * Operations name bullets of the playbook as it was given: the id of one that the same operations make is not known
 * before.
 * @param settings The bounds; those of the parameter, where the playbook is the value of one.
 * @throws TracegradError `bad-option` for bounds that cannot be; never for operations.
 */
export function applyDelta(
  playbook: Playbook,
  operations: readonly PlaybookOperation[],
  settings: PlaybookSettings = {},
): DeltaResult {
  const limits = limitsOf(settings);
  const draft = new Draft(playbook, limits);
  const refused: DeltaRefusal[] = [];
  for (const [index, given] of operations.entries()) {
    // Also checked when the types say so: operations come from models.
    const operation = readOperation(given, limits);
    const reason = typeof operation === "string" ? operation : draft.make(operation);
    if (reason !== undefined) refused.push({ index, reason });
  }
  if (refused.length > 0) return { playbook, refused, added: [], merged: [], dropped: [] };
  const { kept, dropped } = withinLimits([...draft.bullets.values()], limits);
  const { next, added, merged } = draft;
  return { playbook: { bullets: kept, next }, refused, added, merged, dropped };
}

/** A playbook while it is being changed. */
class Draft {
  /** By id, the oldest first. */
  readonly bullets: Map<string, Bullet> = new Map();
  readonly added: string[] = [];
  readonly merged: { readonly id: string; readonly into: string }[] = [];
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

  /** Makes an operation, or says why it cannot be made. */
  make(operation: PlaybookOperation): string | undefined {
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
    const counted = others.reduce(counting, first);
    for (const { id } of others) {
      this.#remove(id);
      this.merged.push({ id, into: first.id });
    }
    if (this.#byText.get(keyOf(first.text)) === first.id) this.#byText.delete(keyOf(first.text));
    this.#put({ ...counted, text, section: section ?? first.section });
    return undefined;
  }

  /** Sets a bullet in its place; with one of the same text it becomes one. */
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
    this.bullets.set(older.id, counting(older, newer));
    this.#byText.set(key, older.id);
    this.merged.push({ id: newer.id, into: older.id });
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

/** Texts that differ only in blanks are equal. */
function keyOf(text: string): string {
  return text.trim().replace(/\s+/g, " ");
}

function counting(bullet: Bullet, other: Bullet): Bullet {
  return { ...bullet, helpful: plus(bullet.helpful, other.helpful), harmful: plus(bullet.harmful, other.harmful) };
}

function plus(one: number, other: number): number {
  return Math.min(one + other, Number.MAX_SAFE_INTEGER);
}

function withinLimits(bullets: readonly Bullet[], { maxBullets, maxTokens }: PlaybookLimits) {
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
  return { kept: [...left], dropped };
}
