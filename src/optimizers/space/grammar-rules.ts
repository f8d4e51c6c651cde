/** Reads the rules of a grammar, and refuses rules from which nothing can be derived. */

import { preview } from "../../util/preview.ts";
import { badSpace, type Domain } from "./domain.ts";

/**
 * What a nonterminal stands for: one of several texts with slots such as `{{expr}} + {{expr}}`, or a domain, whose
 * values are written as they are (text) or as JSON (all else).
 */
export type Rule = string | readonly string[] | Domain;

/** A text with slots: `texts[0] slots[0] texts[1] slots[1] … texts[n]`. */
export interface Production {
  readonly texts: readonly string[];
  readonly slots: readonly string[];
  /** Levels of nonterminals in its shortest derivation: 1 when its slots are filled by domains alone. */
  readonly depth: number;
}

/** The rules by nonterminal. */
export type GrammarRules = ReadonlyMap<string, Domain | readonly Production[]>;

/**
 * Reads and checks the rules.
 * @throws TracegradError `bad-space` for an undefined nonterminal, one without productions, and one whose derivations
 * never end.
 */
export function rulesOf(declared: Readonly<Record<string, Rule>>): GrammarRules {
  const rules = new Map(Object.entries(declared).map(([name, rule]) => [name, readRule(name, rule)] as const));
  for (const [name, rule] of rules) {
    if (isDomain(rule)) continue;
    for (const slot of rule.flatMap(({ slots }) => slots)) if (!rules.has(slot)) throw undefinedSlot(slot, name, rules);
  }
  const depths = depthsOf(rules);
  for (const [name, depth] of depths) if (depth === Infinity) throw neverEnding(name);
  return new Map([...rules].map(([name, rule]) => [name, isDomain(rule) ? rule : withDepths(rule, depths)]));
}

/** Levels of nonterminals in the shortest derivation of a rule; a domain has none. */
export function minDepth(rule: Domain | readonly Production[]): number {
  return isDomain(rule) ? 0 : Math.min(...rule.map(({ depth }) => depth));
}

/** Whether a rule is a domain rather than a list of productions. */
export function isDomain(rule: Rule | readonly Production[]): rule is Domain {
  return typeof rule === "object" && !Array.isArray(rule);
}

function readRule(name: string, rule: Rule): Domain | readonly Production[] {
  if (isDomain(rule) && typeof rule?.valueOf === "function" && "spec" in rule) return rule;
  const templates = typeof rule === "string" ? [rule] : rule;
  if (!Array.isArray(templates) || templates.length === 0 || templates.some((one) => typeof one !== "string")) {
    throw badSpace(
      `grammar's rule "${name}" is one or more texts with slots such as {{expr}}, or a domain ` +
        `such as choices(…); got ${preview(rule)}.`,
    );
  }
  return templates.map(readTemplate);
}

function readTemplate(template: string): Production {
  // Split by a pattern with a group, every second part is a slot's name.
  const parts = template.split(/\{\{\s*([\w$-]+)\s*\}\}/);
  const texts = parts.filter((_, at) => at % 2 === 0);
  return { texts, slots: parts.filter((_, at) => at % 2 === 1), depth: Infinity };
}

function depthOf({ slots }: Production, depths: ReadonlyMap<string, number>): number {
  return 1 + Math.max(0, ...slots.map((slot) => depths.get(slot) ?? Infinity));
}

/** The smallest depths, by iteration until none decreases; Infinity for a rule that never ends. */
function depthsOf(rules: GrammarRules): ReadonlyMap<string, number> {
  const depths = new Map([...rules].map(([name, rule]) => [name, isDomain(rule) ? 0 : Infinity]));
  for (let changed = true; changed; ) {
    changed = false;
    for (const [name, rule] of rules) {
      const depth = isDomain(rule) ? 0 : Math.min(...rule.map((production) => depthOf(production, depths)));
      if (depth < (depths.get(name) as number)) {
        depths.set(name, depth);
        changed = true;
      }
    }
  }
  return depths;
}

/** The productions with their depths. */
function withDepths(rule: readonly Production[], depths: ReadonlyMap<string, number>): readonly Production[] {
  return rule.map((production) => ({ ...production, depth: depthOf(production, depths) }));
}

function undefinedSlot(slot: string, name: string, rules: GrammarRules): Error {
  const known = [...rules.keys()].join(", ");
  return badSpace(
    `grammar's rule "${name}" has the slot {{${slot}}}, which no rule defines. There are rules for: ${known}.`,
  );
}

function neverEnding(name: string): Error {
  return badSpace(
    `grammar's rule "${name}" never ends: each of its texts leads back to itself. ` +
      "Add one whose slots end, such as a constant.",
  );
}
