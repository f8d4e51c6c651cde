/**
 * The rulebook as a playbook: the rules that the simulated model follows stand in bullets, which can be curated one by
 * one.
 */

import { bundle } from "tracegrad";
import { type Playbook, playbook as playbookOf } from "tracegrad/optimizers";
import type { ScriptedAnswer } from "tracegrad/testing";
import { type Rng, seeded } from "../../../src/util/rng.ts";
import { type Asked, type Family, pick, taskOf, type Values } from "../problem.ts";
import { type Prompt, shownText } from "../prompt.ts";
import { brokenIn, followed, heard, hiddenRules, judged, opposite, parts, sentences } from "./rules.ts";

const section = "rules";

/** The playbook with one rule more, without its opposite; of more bullets than are heard, the oldest go. */
function withRule({ bullets, next }: Playbook, text: string): Playbook {
  const kept = bullets.filter((bullet) => bullet.text !== text && bullet.text !== opposite(text));
  const bullet = { id: `b${next}`, section, text, helpful: 0, harmful: 0 };
  return { bullets: [...kept, bullet].slice(-heard), next: next + 1 };
}

const valuesOf = ({ bullets, next }: Playbook): Values => ({
  advice: { bullets: bullets.map((bullet) => ({ ...bullet })), next },
});

function shownPlaybook(prompt: Prompt): Playbook {
  return JSON.parse(shownText(prompt, "advice"));
}

/** Adds the broken rule. */
function told(prompt: Prompt, rng: Rng): Values | undefined {
  const broken = brokenIn(prompt.feedback);
  return broken.length === 0 ? undefined : valuesOf(withRule(shownPlaybook(prompt), pick(broken, rng)));
}

/** Adds a rule from the book of all rules, or takes one out. */
function random(prompt: Prompt, rng: Rng): Values {
  const book = shownPlaybook(prompt);
  const { bullets } = book;
  if (bullets.length === 0 || rng.float() < 0.6) return valuesOf(withRule(book, pick(sentences, rng)));
  return valuesOf({ ...book, bullets: bullets.toSpliced(rng.integer(bullets.length), 1) });
}

/** ACE's reflector names a broken rule, or any; its curator puts in what the reflection names. */
function answer({ prompt, tool, isRight, rng }: Asked): ScriptedAnswer | undefined {
  if (tool === "reflect") {
    const broken = brokenIn(prompt.feedback);
    const insight = isRight ? (broken.length === 0 ? "" : pick(broken, rng)) : pick(sentences, rng);
    const fields = { reasoning: "By rule.", error: "", rootCause: "", correctApproach: "", keyInsight: insight };
    return { toolInput: { ...fields, bulletTags: [] } };
  }
  if (tool !== "curate_playbook") return undefined;
  const text = sentences.find((sentence) => prompt.sections["Reflection"]?.includes(sentence));
  return { toolInput: { reasoning: "By rule.", operations: text === undefined ? [] : operationsFor(text, prompt) } };
}

function operationsFor(text: string, { sections }: Prompt): readonly object[] {
  const bullets = [...(sections["Playbook"] ?? "").matchAll(/^\[(\w+)\](?: \([^)]*\))? (.*)$/gm)];
  const idOf = (wanted: string) => bullets.find(([, , bullet]) => bullet === wanted)?.[1];
  if (idOf(text) !== undefined) return [];
  const contrary = idOf(opposite(text));
  return [contrary === undefined ? { type: "ADD", section, text } : { type: "UPDATE", id: contrary, text }];
}

export const playbook: Family = {
  name: "playbook",
  about: "The rulebook, but its rules stand in a playbook of at most ten bullets; words name a broken rule.",
  moves: { told, random, answer },
  problem(seed, { noise = 0 } = {}) {
    const { rules, rows, misleading } = hiddenRules(seeded(`playbook/${seed}`));
    const bullets = rules.map((text, at) => ({ id: `b${at + 1}`, section, text, helpful: 0, harmful: 0 }));
    return {
      name: `playbook/${seed}`,
      family: "playbook",
      optimum: 1,
      best: { advice: { bullets, next: bullets.length + 1 } },
      make() {
        const advice = playbookOf(misleading, { name: "advice", sections: [section], maxBullets: heard });
        const answerBy = bundle(
          (book: Playbook, question: string) => ({ question, rules: followed(book.bullets.map(({ text }) => text)) }),
          { name: "answer", doc: "Has a model answer by the bullets of its playbook." },
        );
        return taskOf({
          agent: (question: string) => answerBy(advice, question),
          parameters: advice,
          guide: (_question: string, { rules }: { rules: readonly string[] }, needs: readonly string[]) =>
            judged(rules, needs),
          rows,
          parts,
          noise: { seed: `playbook/${seed}`, size: noise },
        });
      },
    };
  },
};
