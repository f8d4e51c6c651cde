/** A playbook as a parameter: its first value, and the schema that every new value must pass. */

import type { StandardSchemaV1 } from "@standard-schema/spec";
import { type Parameter, parameter } from "../../nodes/parameter.ts";
import { TracegradError } from "../../util/errors.ts";
import type { AnswerFields } from "../prompt/unwrap.ts";
import {
  type Bullet,
  emptyPlaybook,
  limitsOf,
  maxBulletLength,
  numberOf,
  type Playbook,
  type PlaybookLimits,
  type PlaybookSettings,
  playbookTokens,
} from "./bullets.ts";
import { applyDelta } from "./delta.ts";

/** Options of {@link playbook}. */
export interface PlaybookOptions extends PlaybookSettings {
  /** The parameter's name. Default: `playbook`. */
  readonly name?: string;
  /** What it is for, for optimizers to read. Default: advice from earlier runs. */
  readonly doc?: string;
  /** Whether an optimizer may rewrite it. Default: true. */
  readonly trainable?: boolean;
}

/** What a playbook starts with: a saved one, or texts, which go into the first section unless they name another. */
export type PlaybookStart =
  | { readonly bullets: readonly Bullet[]; readonly next?: number }
  | readonly (string | { readonly text: string; readonly section?: string })[];

/**
 * A parameter that holds a playbook: advice in bullets. The optimizer `ace` adds, rewrites, merges and deletes bullets
 * one by one, so that what was learned is not lost in a rewrite. Pass it to a traced function that writes it into a
 * prompt with {@link playbookText}. Source: Zhang et al. 2025, "Agentic Context Engineering".
 * @throws TracegradError `bad-option` for invalid limits, `bad-parameter` when the start is not a playbook within them.
 * @example
 * const book = playbook(["Read the question twice."], { maxTokens: 4_000 });
 * const answer = bundle((question: string, book: Playbook) => ask(`${playbookText(book)}\n\n${question}`));
 * const graph = await trace(() => answer("How many?", book));
 */
export function playbook(initial: PlaybookStart = [], options: PlaybookOptions = {}): Parameter<Playbook> {
  const { name = "playbook", doc = "Advice from earlier runs, by section.", trainable = true, ...settings } = options;
  const limits = limitsOf(settings);
  const schema = new PlaybookSchema(limits);
  return parameter(startOf(initial, limits), { name, doc, trainable, schema, constraint: schema.text });
}

/** The limits of a playbook parameter; undefined for a parameter that holds something else. */
export function playbookLimits({ schema }: Parameter): PlaybookLimits | undefined {
  return schema instanceof PlaybookSchema ? schema.limits : undefined;
}

/** What every value of a playbook parameter must pass. It also marks such a parameter. */
class PlaybookSchema implements StandardSchemaV1<Playbook> {
  readonly limits: PlaybookLimits;
  readonly "~standard": StandardSchemaV1.Props<Playbook>;

  constructor(limits: PlaybookLimits) {
    this.limits = limits;
    const validate = (value: unknown) => {
      const issues = issuesIn(value, limits);
      return issues.length > 0 ? { issues } : { value: value as Playbook };
    };
    this["~standard"] = { version: 1, vendor: "tracegrad", validate };
  }

  /** The limits in words, for optimizers that rewrite the value as a whole. */
  get text(): string {
    const { sections, maxBullets, maxTokens } = this.limits;
    return (
      'A playbook {"bullets": [{"id", "section", "text", "helpful", "harmful"}], "next"}. ' +
      'Ids are unique and are never given to another bullet: a new bullet gets the id "b" with the number "next", ' +
      "which then grows by one. Counters stay with their bullets. " +
      `Sections: ${sections.join(", ")}. ` +
      `At most ${maxBullets} bullets, and about ${maxTokens * 4} characters in all.`
    );
  }
}

function startOf(initial: PlaybookStart, limits: PlaybookLimits): Playbook {
  if (!("map" in initial)) {
    const least = Array.isArray(initial.bullets)
      ? initial.bullets.map((bullet) => numberOf(String(bullet?.id)) + 1)
      : [];
    return { bullets: initial.bullets, next: initial.next ?? Math.max(1, ...least) };
  }
  const [firstSection = ""] = limits.sections;
  const operations = initial.map((given) => {
    const { text, section = firstSection } = typeof given === "string" ? { text: given } : given;
    return { type: "ADD" as const, section, text };
  });
  const { playbook: book, refused, dropped } = applyDelta(emptyPlaybook, operations, limits);
  const [refusal] = refused;
  if (refusal === undefined && dropped.length === 0) return book;
  const reason =
    refusal === undefined
      ? `${dropped.length} of the texts do not fit into ${limits.maxBullets} bullets and ${limits.maxTokens} tokens. ` +
        "Give fewer, or raise maxBullets or maxTokens."
      : `text ${refusal.index}: ${refusal.reason}`;
  throw new TracegradError("bad-parameter", `A playbook cannot start like this: ${reason}`);
}

type Issue = StandardSchemaV1.Issue;

/** How many issues an error lists. */
const maxIssues = 5;
const bulletFields = new Set(["id", "section", "text", "helpful", "harmful"]);

function issuesIn(value: unknown, limits: PlaybookLimits): readonly Issue[] {
  const { bullets, next, ...others } = (typeof value === "object" && value !== null ? value : {}) as AnswerFields;
  if (!Array.isArray(bullets) || !isCount(next) || Object.keys(others).length > 0) {
    return [{ message: 'a playbook is { "bullets": [...], "next": <a whole number> } and nothing else' }];
  }
  const issues = bullets
    .flatMap((bullet, index) => bulletIssues(bullet, limits).map((message) => ({ message, path: ["bullets", index] })))
    .slice(0, maxIssues);
  if (issues.length > 0) return issues;
  return wholeIssues({ bullets, next } as Playbook, limits).map((message) => ({ message }));
}

function bulletIssues(bullet: unknown, { sections }: PlaybookLimits): readonly string[] {
  if (typeof bullet !== "object" || bullet === null) return ["a bullet is a record"];
  const { id, section, text, helpful, harmful } = bullet as AnswerFields;
  const unknown = Object.keys(bullet).find((field) => !bulletFields.has(field));
  return [
    ...(unknown === undefined ? [] : [`a bullet has no field "${unknown}"`]),
    ...(typeof id === "string" && /^[\w-]{1,64}$/.test(id) ? [] : ["its id is 1 to 64 letters, digits, _ or -"]),
    ...(sections.includes(section as string) ? [] : [`its section is one of ${sections.join(", ")}`]),
    ...(typeof text === "string" && text.trim() !== "" && text.length <= maxBulletLength
      ? []
      : [`its text is not empty and has at most ${maxBulletLength} characters`]),
    ...(isCount(helpful) && isCount(harmful) ? [] : ["its helpful and harmful are whole numbers, 0 or more"]),
  ];
}

function wholeIssues(book: Playbook, { maxBullets, maxTokens }: PlaybookLimits): readonly string[] {
  const ids = book.bullets.map(({ id }) => id);
  const repeated = ids.find((id, index) => ids.indexOf(id) < index);
  const used = ids.find((id) => numberOf(id) >= book.next);
  const tokens = playbookTokens(book);
  return [
    ...(repeated === undefined ? [] : [`the id "${repeated}" stands twice`]),
    ...(used === undefined ? [] : [`"next" is ${book.next}, but the id "${used}" is in use`]),
    ...(ids.length <= maxBullets ? [] : [`it has ${ids.length} bullets; the most is ${maxBullets}`]),
    ...(tokens <= maxTokens ? [] : [`it has about ${tokens} tokens; the most is ${maxTokens}`]),
  ];
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
