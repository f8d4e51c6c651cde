/** Nodes of OpenTrace's graph JSON as plain records, whatever version and form they came in. */

import { TracegradError } from "../util/errors.ts";
import { type Fields, fieldsOf, textIn } from "../util/fields.ts";
import { isRecord } from "../util/is-record.ts";
import { preview } from "../util/preview.ts";

/** Where a graph comes from. */
export interface OpenTraceDocument {
  /** What errors call it. */
  readonly where: string;
  /** Whether it was made of spans of OpenTelemetry (`trace-json/1.0+otel`), which names some fields differently. */
  readonly isOfSpans: boolean;
  /** Its agent, graph and run, as far as it says: `agent/graph/run`. */
  readonly id: string;
  readonly agent: string;
  readonly fields: Fields;
}

/** A node as it is in a document. */
export interface OpenTraceRecord {
  readonly document: OpenTraceDocument;
  readonly id: string;
  readonly name: string;
  readonly kind: "parameter" | "value" | "message" | "exception";
  readonly op: string;
  readonly doc: string | undefined;
  readonly value: unknown;
  readonly trainable: boolean;
  /** The name under which others may refer to its output. */
  readonly outputName: string;
  readonly inputs: Fields;
}

/** The error for what is no graph of OpenTrace. */
export function badGraph(message: string): TracegradError {
  return new TracegradError("bad-graph", message);
}

const ofSpans = "trace-json/1.0+otel";

/**
 * The document `item`, the `index`th of its source.
 * @throws TracegradError `bad-graph` when it is none, or of an unknown version.
 */
export function documentOf(item: unknown, index: number): OpenTraceDocument {
  const where = `Document ${index}`;
  if (!isRecord(item) || !("tgj" in item || "version" in item)) {
    throw badGraph(
      `${where} is no graph of OpenTrace, which has a version in "tgj" or "version": ${preview(item, 80)}.`,
    );
  }
  const version = item["tgj"] ?? item["version"];
  if (version !== "1.0" && version !== ofSpans) {
    throw badGraph(`${where} is of version ${preview(version, 40)}; tracegrad reads "1.0" and "${ofSpans}".`);
  }
  const agent = textIn(item["agent_id"]) || textIn(fieldsOf(item["agent"])["id"]);
  const run = textIn(item["run_id"]) || textIn(fieldsOf(item["otel_meta"])["trace_id"]) || String(index);
  const id = [agent, textIn(item["graph_id"]), run].filter((part) => part !== "").join("/");
  return { where, isOfSpans: version === ofSpans, id, agent, fields: item };
}

/**
 * The nodes of a document.
 * @throws TracegradError `bad-graph` for what are no nodes, and for two with the same id.
 */
export function recordsOf(document: OpenTraceDocument): readonly OpenTraceRecord[] {
  const { nodes = [] } = document.fields;
  if (typeof nodes !== "object" || nodes === null) throw badGraph(`The nodes of ${document.where} are no list.`);
  const list: readonly (readonly [id: unknown, fields: unknown])[] = Array.isArray(nodes)
    ? nodes.map((fields) => [fieldsOf(fields)["id"], fields])
    : Object.entries(nodes).map(([key, fields]) => [fieldsOf(fields)["id"] ?? key, fields]);
  const ids = new Set<string>();
  return list.map(([id, fields], at) => {
    if (!isRecord(fields)) throw badGraph(`Node ${at} of ${document.where} is not a record.`);
    if (typeof id !== "string" || id === "") throw badGraph(`Node ${at} of ${document.where} has no id.`);
    if (ids.has(id)) throw badGraph(`Two nodes of ${document.where} have the id ${preview(id, 80)}.`);
    ids.add(id);
    return recordOf(document, id, fields);
  });
}

/** What kinds are called, now and before. */
const kinds: ReadonlyMap<string, OpenTraceRecord["kind"]> = new Map([
  ["parameter", "parameter"],
  ["param", "parameter"],
  ["value", "value"],
  ["const", "value"],
  ["message", "message"],
  ["msg", "message"],
  ["exception", "exception"],
]);

function recordOf(document: OpenTraceDocument, id: string, fields: Fields): OpenTraceRecord {
  const given = kinds.get(textIn(fields["kind"]).toLowerCase());
  const where = `Node ${preview(id, 80)} of ${document.where}`;
  if (given === undefined) throw badGraph(`${where}: ${preview(fields["kind"], 40)} is not a kind of node.`);
  const { name = id, inputs = {} } = fields;
  if (typeof name !== "string" || name === "") throw badGraph(`${where} has a name that is no text.`);
  if (inputs !== null && !isRecord(inputs)) throw badGraph(`${where}: its inputs are not a record.`);
  const [, opOfDoc, doc] = /^((?:\[[^\]]*\]\s*)*)([^]*)$/.exec(textIn(fields["description"])) ?? [];
  const op = textIn(fields["op"]) || (/^\[([^\]]+)\]/.exec(opOfDoc ?? "")?.[1] ?? name);
  // The exporter of OpenTrace writes the node of an exception as a message of this operator.
  const kind = given === "message" && op === "exception" ? "exception" : given;
  return {
    ...{ document, id, name, kind, op, doc: doc || undefined },
    value: valueOf(document, given, fields),
    trainable: fields["trainable"] !== false,
    outputName: textIn(fieldsOf(fields["output"])["name"]) || `${name}:out`,
    inputs: inputs ?? {},
  };
}

function valueOf({ isOfSpans }: OpenTraceDocument, kind: OpenTraceRecord["kind"], fields: Fields): unknown {
  if (kind === "exception") {
    const { type, message } = fieldsOf(fields["error"]);
    return `${textIn(type) || "Exception"}: ${textIn(message)}`;
  }
  if (isOfSpans) return fields["data"] ?? null;
  if (kind !== "message") return fields["value"] ?? null;
  return outputOf(fieldsOf(fields["output"]));
}

/** A value, or what is left of one that was taken out as a secret. */
export function outputOf(output: Fields): unknown {
  return "hash" in output ? (output["preview"] ?? "<redacted>") : (output["value"] ?? null);
}
