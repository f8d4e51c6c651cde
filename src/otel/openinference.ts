/** Attributes of OpenInference as those of the GenAI conventions: messages in one attribute each, instead of one each field. */

import { getOrSet } from "../util/collections.ts";
import { textIn } from "../util/fields.ts";

type Attributes = Readonly<Record<string, unknown>>;

const kindKey = "openinference.span.kind";

/** Whether a span is one of OpenInference. */
export function isOpenInference(attributes: Attributes): boolean {
  return kindKey in attributes;
}

/** What the attributes of a span of OpenInference say, in attributes of the GenAI conventions. */
export function genAiAttributes(attributes: Attributes): Attributes {
  const { "input.value": input, "output.value": output, "tool.name": tool, "agent.name": agent } = attributes;
  const kind = textIn(attributes[kindKey]).toUpperCase();
  if (kind === "TOOL") {
    return defined({
      "gen_ai.tool.name": tool,
      "gen_ai.tool.call.id": attributes["tool.id"] ?? attributes["tool_call.id"],
      "gen_ai.tool.call.arguments": input ?? attributes["tool.parameters"],
      "gen_ai.tool.call.result": output,
    });
  }
  const said = (role: string, value: unknown) => (value === undefined ? undefined : [{ role, content: value }]);
  return defined({
    "gen_ai.agent.name": agent,
    "gen_ai.operation.name": kind === "LLM" ? "chat" : undefined,
    "gen_ai.input.messages": messagesIn(attributes, "input") ?? said("user", input),
    "gen_ai.output.messages": messagesIn(attributes, "output") ?? said("assistant", output),
  });
}

/** A document that a span found or put in order. */
export interface SpanDocument {
  readonly id?: unknown;
  readonly content?: unknown;
  readonly score?: unknown;
}

/** The documents that came out of a span, in order. */
export function documentsIn(attributes: Attributes): readonly SpanDocument[] {
  return listIn(
    attributes,
    /^(?:retrieval\.documents|reranker\.output_documents)\.(\d+)\.document\.(id|content|score)$/,
  );
}

/** Those of the whole trace first. Both words mean the same. */
const evaluationKeys = [
  /^trace\.annotations\.(\d+)\.annotation\.(name|score|label|explanation)$/,
  /^trace\.evaluations\.(\d+)\.evaluation\.(name|score|label|explanation)$/,
  /^annotations\.(\d+)\.annotation\.(name|score|label|explanation)$/,
  /^evaluations\.(\d+)\.evaluation\.(name|score|label|explanation)$/,
];

/** What people or judges said of a trace and of a span, in attributes of the GenAI conventions. */
export function evaluationsIn(attributes: Attributes): readonly Attributes[] {
  return evaluationKeys.flatMap((key) =>
    listIn(attributes, key).map(({ name, score, label, explanation }) =>
      defined({
        "gen_ai.evaluation.name": name,
        "gen_ai.evaluation.score.value": score,
        "gen_ai.evaluation.score.label": label,
        "gen_ai.evaluation.explanation": explanation,
      }),
    ),
  );
}

/** The records of a list with an attribute for each field: `key` finds the index and the field. */
function listIn(attributes: Attributes, key: RegExp): readonly Attributes[] {
  const items = new Map<number, Record<string, unknown>>();
  for (const [name, value] of Object.entries(attributes)) {
    const [, index, field] = key.exec(name) ?? [];
    if (field !== undefined) getOrSet(items, Number(index), (): Record<string, unknown> => ({}))[field] = value;
  }
  return inOrder(items);
}

function defined(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}

/** A message as it is put together of its fields, each in an attribute of its own. */
interface MessageDraft {
  role: string;
  readonly texts: Map<number, string>;
  readonly calls: Map<number, { id?: unknown; name?: unknown; arguments?: unknown }>;
  answered: unknown;
}

const messageKey = /^llm\.(input|output)_messages\.(\d+)\.message\.(.+)$/;
const contentKey = /^contents\.(\d+)\.message_content\.text$/;
const callKey = /^tool_calls\.(\d+)\.tool_call\.(?:function\.)?(id|name|arguments)$/;

function messagesIn(attributes: Attributes, side: "input" | "output"): readonly object[] | undefined {
  const drafts = new Map<number, MessageDraft>();
  for (const [key, value] of Object.entries(attributes)) {
    const [, where, index, field = ""] = messageKey.exec(key) ?? [];
    if (where !== side) continue;
    const fresh = (): MessageDraft => ({ role: "", texts: new Map(), calls: new Map(), answered: undefined });
    addField(getOrSet(drafts, Number(index), fresh), field, value);
  }
  return drafts.size === 0 ? undefined : inOrder(drafts).map((draft) => messageOf(draft, side));
}

function addField(draft: MessageDraft, field: string, value: unknown): void {
  const [, content] = contentKey.exec(field) ?? [];
  const [, call, part] = callKey.exec(field) ?? [];
  if (field === "role") draft.role = textIn(value);
  else if (field === "tool_call_id") draft.answered = value;
  // Before its parts, where a message has both.
  else if (field === "content") draft.texts.set(-1, textIn(value));
  else if (content !== undefined) draft.texts.set(Number(content), textIn(value));
  else if (call !== undefined)
    Object.assign(
      getOrSet(draft.calls, Number(call), () => ({})),
      { [part as string]: value },
    );
}

function messageOf({ role, texts, calls, answered }: MessageDraft, side: "input" | "output"): object {
  const text = inOrder(texts).join("\n");
  if (answered !== undefined)
    return { role: "tool", parts: [{ type: "tool_call_response", id: answered, response: text }] };
  const parts = [
    ...(text === "" ? [] : [{ type: "text", content: text }]),
    ...inOrder(calls).map((call) => ({ type: "tool_call", ...call })),
  ];
  return { role: role || (side === "input" ? "user" : "assistant"), parts };
}

function inOrder<T>(byIndex: ReadonlyMap<number, T>): readonly T[] {
  return [...byIndex].sort(([a], [b]) => a - b).map(([, value]) => value);
}
