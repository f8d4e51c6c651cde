/**
 * The program that every optimizer is tried on: it routes messages by rules that are text, so that anyone can rewrite
 * them.
 */

import { bundle, type Node, type Parameter, parameter } from "tracegrad";
import { code, type Guide } from "tracegrad/guides";
import { type Playbook, playbook } from "tracegrad/optimizers";
import { type Demonstration, demonstrations } from "tracegrad/search";

/** Who may answer a message. */
const teams = ["billing", "access", "shipping", "general"] as const;

const grammar =
  "One rule a line: `word, word -> team`. A rule fits a message that holds one of its words or phrases, in any case. Rules are " +
  "tried from the top, and the first that fits decides; without any the team is general. Teams: " +
  `${teams.join(", ")}.`;

/** Whether a rule fits the message, and the team that it names; undefined for lines that are no rules. */
function teamBy(line: string, message: string): string | undefined {
  const [words = "", team = ""] = line.split("->").map((part) => part.trim().toLowerCase());
  if (!teams.some((known) => known === team)) return undefined;
  const phrases = words.split(",").map((word) => word.trim());
  return phrases.some((phrase) => phrase !== "" && message.toLowerCase().includes(phrase)) ? team : undefined;
}

/** The demonstration that shares the most long words with the message, when it shares any. */
function nearest(shown: readonly Demonstration[], message: string): string | undefined {
  const words = (text: string) => new Set(text.toLowerCase().match(/[a-z]{5,}/g));
  const own = words(message);
  const scored = shown.map(({ input, output }) => ({
    output: String(output),
    shared: [...words(String(input))].filter((word) => own.has(word)).length,
  }));
  const best = scored.sort((a, b) => b.shared - a.shared)[0];
  return best !== undefined && best.shared >= 1 ? best.output : undefined;
}

/** A router with what can be learnt about it. */
export interface Router {
  readonly route: (message: string) => Node<string>;
  readonly rules: Parameter<string>;
  readonly demos: Parameter<readonly Demonstration[]>;
  readonly advice: Parameter<Playbook>;
}

/** Makes a router that knows no rules yet. */
export function makeRouter(): Router {
  const rules = parameter("invoice -> billing", {
    name: "rules",
    doc: "The rules by which messages are routed.",
    constraint: grammar,
  });
  const demos = demonstrations({ name: "demos", max: 8 });
  const advice = playbook([], { name: "advice", doc: `Rules, a bullet each. ${grammar}`, sections: ["rules"] });
  const apply = bundle(
    /** Finds the first rule that fits the message; else the most similar demonstration; else the team is general. */
    function apply(message: string, ruleText: string, shown: readonly Demonstration[], book: Playbook): string {
      const lines = [...ruleText.split("\n"), ...book.bullets.map(({ text }) => text)];
      for (const line of lines) {
        const team = teamBy(line, message);
        if (team !== undefined) return team;
      }
      return nearest(shown, message) ?? "general";
    },
    { name: "apply_rules", external: "record" },
  );
  return { route: (message) => apply(message, rules, demos, advice), rules, demos, advice };
}

/** Right or wrong, and which team it should have been. */
export const judged: Guide<string, string, string> = code((message, team, target) =>
  team === target
    ? { score: 1, text: `"${message}" was routed to ${team}, which is right.` }
    : { score: 0, text: `"${message}" was routed to ${team}, but it belongs to ${target}.` },
);
