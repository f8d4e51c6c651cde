/**
 * Reads a prompt as an optimizer rendered it: what a scripted proposer knows of the problem is in here, and nothing
 * else.
 */

import type { ModelRequest } from "tracegrad/llm";

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
  /** What was said of the outputs; "" when the prompt says nothing. */
  readonly feedback: string;
  /** Other values of the variables, by name, as texts; none when the optimizer shows none. */
  readonly past: readonly Shown[];
  /** The best of what was tried, when the optimizer shows what was tried in the order of its scores. */
  readonly leader: Shown | undefined;
}

/** Texts of values by variable name. */
type Shown = Readonly<Record<string, string>>;

/** The text of a request, all turns: what a proposer's randomness is drawn from. */
export function textOf({ messages }: ModelRequest): string {
  return messages
    .map(({ content }) =>
      typeof content === "string" ? content : content.map((part) => (part.type === "text" ? part.text : "")).join("\n"),
    )
    .join("\n");
}

/** Reads the first message of a request, of whichever optimizer. */
export function readPrompt(request: ModelRequest): Prompt {
  const text = textOf({ messages: request.messages.slice(0, 1) });
  const sections = sectionsOf(text);
  const solutions = solutionsOf(sections["Solutions"] ?? "");
  const [alone] = solutionsOf(sections["Current solution"] ?? "");
  const current = alone ?? solutions.find(({ title }) => title.includes("the current solution"));
  const shown = variablesOf(sections["Variables"] ?? "");
  return {
    sections,
    variables: shown.map((variable) => ({ ...variable, text: current?.values[variable.name] ?? variable.text })),
    feedback: feedbackIn(sections),
    past: [...blocksOf(sections["Past steps"] ?? "", /^## Step .*$/m), ...solutions].map(({ values }) => values),
    leader: solutions.at(-1)?.values,
  };
}

/** What was said of the outputs; of several runs by their index. */
function feedbackIn(sections: Prompt["sections"]): string {
  const runs = Object.keys(sections).filter((title) => title.startsWith("Run "));
  const said = runs.map((title) => /^Feedback: ([^]*)/m.exec(sections[title] as string)?.[1] ?? "");
  if (said.some((text) => text !== "")) return said.map((text, index) => `ID [${index}]: ${text}`).join("\n");
  return sections["Feedback"] ?? sections["Examples"] ?? sections["Uses"] ?? "";
}

const titles = [
  ...["Objective", "Problem context", "Code", "Documentation", "Variables", "Inputs", "Others", "Outputs", "Feedback"],
  ...["Fixed values", "Shared values", "Run \\d+"],
  ...["Past steps", "Context", "Note", "Solutions", "Current solution", "Examples", "Operation", "Other inputs"],
  ...["Inputs to judge", "Used by", "Uses", "Constraints", "Came back", "Your task", "Your answer"],
  ...["Playbook", "Limits", "Left out", "Left out of the runs", "Reflection", "Your reflection so far"],
  ...["Training examples", "The data", "One run of the program", "The text to write", "Examples done well", "A hint"],
];

function sectionsOf(text: string): Readonly<Record<string, string>> {
  const parts = text.split(new RegExp(`^# (${titles.join("|")})\\n`, "m"));
  const sections: Record<string, string> = {};
  for (let at = 1; at < parts.length; at += 2) sections[parts[at] as string] = (parts[at + 1] as string).trimEnd();
  return sections;
}

/** Each variable from its head to the next one's, or to the end of its fence. */
function variablesOf(text: string): readonly ShownVariable[] {
  const pattern = /^\((\w+)\) ([A-Za-z_$][\w$]*)((?:(?!\n`{3}|\n\(\w+\) )[^])*)(?:\n(`{3,})\n([^]*?)\n\4$)?/gm;
  return [...text.matchAll(pattern)].map(([, kind = "", name = "", head = "", , value = ""]) => ({
    name,
    kind,
    text: value,
    constraint: /^Constraint: (.*)$/m.exec(head)?.[1],
  }));
}

interface Block {
  readonly title: string;
  readonly values: Shown;
}

/** Values in fences below their names, under titles. */
function blocksOf(text: string, title: RegExp): readonly Block[] {
  const heads = [...text.matchAll(new RegExp(title, "gm"))];
  return heads.map((head, index) => {
    const body = text.slice(head.index + head[0].length, heads[index + 1]?.index);
    const values = [...body.matchAll(/^([A-Za-z_$][\w$]*):\n(`{3,})\n([^]*?)\n\2$/gm)];
    return { title: head[0], values: Object.fromEntries(values.map(([, name = "", , value = ""]) => [name, value])) };
  });
}

function solutionsOf(text: string): readonly Block[] {
  return blocksOf(text, /^## Score: .*$/m);
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
