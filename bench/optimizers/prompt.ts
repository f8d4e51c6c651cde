/** Reads a prompt as an optimizer rendered it: what a scripted proposer knows of the problem is in here, and nothing else. */

import type { ModelRequest } from "tracegrad";

/** A variable as the prompt shows it. */
export interface ShownVariable {
  readonly name: string;
  /** `text`, `number`, `json`, `code`, … */
  readonly kind: string;
  /** The value as it stands in its fence: JSON, but for text and code. */
  readonly text: string;
  readonly constraint: string | undefined;
}

/** A prompt, read. */
export interface Prompt {
  /** Sections by title, without those that the prompt leaves out. */
  readonly sections: Readonly<Record<string, string>>;
  readonly variables: readonly ShownVariable[];
  /** The feedback, or the whole prompt when it has no section of that title. */
  readonly feedback: string;
  /** Earlier values of the variables, by name, the oldest first; empty when the optimizer shows none. */
  readonly past: readonly Readonly<Record<string, string>>[];
}

/** The text of a request, all turns: what a proposer's randomness is drawn from. */
export function textOf({ messages }: ModelRequest): string {
  return messages
    .map(({ content }) =>
      typeof content === "string" ? content : content.map((part) => (part.type === "text" ? part.text : "")).join("\n"),
    )
    .join("\n");
}

/** Reads the first message of a request. */
export function readPrompt(request: ModelRequest): Prompt {
  const text = textOf({ messages: request.messages.slice(0, 1) });
  const sections = sectionsOf(text);
  return {
    sections,
    variables: variablesOf(sections["Variables"] ?? text),
    feedback: sections["Feedback"] ?? text,
    past: pastOf(sections["Past steps"] ?? ""),
  };
}

const titles = "Objective|Code|Documentation|Variables|Inputs|Others|Outputs|Feedback|Past steps|Your answer";

function sectionsOf(text: string): Readonly<Record<string, string>> {
  const parts = text.split(new RegExp(`^# (${titles})\\n`, "m"));
  const sections: Record<string, string> = {};
  for (let at = 1; at < parts.length; at += 2) sections[parts[at] as string] = (parts[at + 1] as string).trimEnd();
  return sections;
}

const fence = "\\n(`{3,})\\n([^]*?)\\n";

function variablesOf(text: string): readonly ShownVariable[] {
  const pattern = new RegExp(`^\\((\\w+)\\) ([A-Za-z_$][\\w$]*)((?:(?!\\n\`{3})[^])*)${fence}\\4$`, "gm");
  return [...text.matchAll(pattern)].map(([, kind = "", name = "", head = "", , value = ""]) => ({
    name,
    kind,
    text: value,
    constraint: /^Constraint: (.*)$/m.exec(head)?.[1],
  }));
}

function pastOf(text: string): readonly Readonly<Record<string, string>>[] {
  const pattern = new RegExp(`^([A-Za-z_$][\\w$]*):${fence}\\2$`, "gm");
  return text
    .split(/^## Step \d+$/m)
    .slice(1)
    .map((round) =>
      Object.fromEntries([...round.matchAll(pattern)].map(([, name = "", , value = ""]) => [name, value])),
    );
}

/** The value of a variable: text and code as they stand, everything else out of its JSON. */
export function valueOf({ kind, text }: Pick<ShownVariable, "kind" | "text">): unknown {
  return kind === "text" || kind === "code" ? text : JSON.parse(text);
}

/** The value of the number variable `name`; undefined when the prompt shows none. */
export function numberOf({ variables }: Prompt, name: string): number | undefined {
  const shown = variables.find((variable) => variable.name === name && variable.kind === "number");
  return shown === undefined ? undefined : Number(shown.text);
}

/** The text of the variable `name`; "" when the prompt shows none. */
export function shownText({ variables }: Prompt, name: string): string {
  return variables.find((variable) => variable.name === name)?.text ?? "";
}
