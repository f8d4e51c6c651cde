/**
 * How nodes look in DOT: shapes and colours that read on white and in print, labels, and the escapes of DOT's strings.
 */

import { ExceptionNode, type Node } from "../nodes/node.ts";
import { Parameter } from "../nodes/parameter.ts";
import { headOf } from "../util/cut.ts";
import { preview } from "../util/preview.ts";
import type { FeedbackRecord } from "./feedback-record.ts";
import { feedbackText } from "./feedback-text.ts";
import { figuresOf, figuresText } from "./figures.ts";
import type { Graph } from "./graph.ts";

/** Kinds also differ in shape and line, for readers who see no colour. */
const styles = {
  parameter: 'shape=box, style="filled,bold", fillcolor="#FFE3E0", color="#B3261E"',
  fixed: 'shape=box, style="filled,dashed", fillcolor="#F6F1F0", color="#B3261E"',
  input: 'shape=ellipse, style=filled, fillcolor="#F5F5F5", color="#666666"',
  operator: 'shape=box, style="filled,rounded", fillcolor="#E4EEF8", color="#2B6CB0"',
  bundle: 'shape=component, style=filled, fillcolor="#E3F2E6", color="#2E7D32"',
  exception: 'shape=octagon, style="filled,bold", fillcolor="#FFC9C2", color="#8B0000"',
};

type Look = keyof typeof styles;

/** What the box of a node shows. */
interface Drawing {
  /** Whether the node is drawn as an input, without the call that made it. */
  readonly isCut: boolean;
  readonly name: string;
  /** The call that made it. */
  readonly call: () => string;
  /** In a pattern, the node of the last repetition. */
  readonly last: Node | undefined;
  /** The length of a line of the label, in characters (approximate). */
  readonly limit: number;
}

/** The attributes of the box of `node`: its name, the call that made it, and its value. */
export function nodeBox(graph: Graph, node: Node, { isCut, name, call, last, limit }: Drawing): string {
  const look = lookOf(node, isCut);
  // Names are identifiers, which need no escapes.
  let text = name;
  if (look === "operator" || look === "bundle" || look === "exception") text += `\\n${escaped(cut(call(), limit))}`;
  const value = graph.valueOf(node);
  if (node instanceof Parameter && node.code !== undefined && typeof value === "string") {
    // Source reads best from the left.
    return `[label="${text}\\n${escaped(cut(value, limit), "\\l")}\\l", ${styles[look]}]`;
  }
  let display = node instanceof ExceptionNode ? cut(node.peek(), limit) : preview(value, limit);
  if (last !== undefined) {
    const end = preview(graph.valueOf(last), limit);
    if (end !== display) display = `first: ${display}\nlast: ${end}`;
  }
  const figures = look === "input" ? undefined : figuresOf(node);
  if (figures !== undefined && last === undefined) display += `\n${figuresText(figures)}`;
  return `[label="${text}\\n${escaped(display)}", ${styles[look]}]`;
}

function lookOf(node: Node, isCut: boolean): Look {
  if (node instanceof Parameter) return node.trainable ? "parameter" : "fixed";
  if (isCut && !(node instanceof ExceptionNode)) return "input";
  const { kind } = node.operation;
  return kind === "parameter" ? "parameter" : kind;
}

/** The attributes of one of the many uses of `node`. */
export function useBox(node: Node, name: string, isCut: boolean): string {
  return `[label="${name}", ${styles[lookOf(node, isCut)]}, fontsize=9, height=0.2, margin="0.06,0.02"]`;
}

/** The attributes of the note that shows `feedback`. */
export function feedbackBox(feedback: FeedbackRecord, limit: number): string {
  const { data, ...said } = feedback;
  const lines = [feedbackText(said), ...(data === undefined ? [] : [`Data: ${preview(data, limit)}`])];
  const text = lines.filter((line) => line !== "").map((line) => cut(line, limit));
  return (
    `[label=${quoted(["Feedback", ...text].join("\n"))}, shape=note, style=filled, fillcolor="#FFF6CC", ` +
    `color="#8A6D00"]`
  );
}

/** The attributes of a remark about the drawing itself. */
export function noteBox(text: string): string {
  return `[label=${quoted(text)}, shape=plaintext, fontcolor="#555555"]`;
}

/** `text` cut to `limit` characters, marked with `…`. */
export function cut(text: string, limit: number): string {
  return text.length > limit + 1 ? `${headOf(text, limit)}…` : text;
}

/**
 * `text` as a DOT string whose label reads as `text`. It is never taken for HTML, an escape or the end of the string.
 */
function quoted(text: string): string {
  return `"${escaped(text)}"`;
}

/** The name of an input as a DOT string of one line: Graphviz 13 breaks on an edge whose label is only a line break. */
export function quotedInput(name: string): string {
  return `"${escaped(name, "\u2424")}"`;
}

/** Finds more than needs an escape (any surrogate), and finds it quickly: most labels hold nothing of the kind. */
const special = /[^ !#-%'-[\]-~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufffd]/;
const specials = /\r\n?|["\\&\p{Cc}\p{Cs}\u2028\u2029\ufffe\uffff]/gu;

function escaped(text: string, newline = "\\n"): string {
  if (!special.test(text)) return text;
  return text.replace(specials, (char) => {
    if (char === '"' || char === "\\") return `\\${char}`;
    // Graphviz reads entities of HTML in every label.
    if (char === "&") return "&amp;";
    if (char === "\t") return "  ";
    const code = char.charCodeAt(0);
    if (char === "\n" || code === 0x0d || code === 0x2028 || code === 0x2029) return newline;
    // Others have no place in DOT or SVG: the pictures of control characters, or the sign for what cannot be shown.
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : "\ufffd";
  });
}
