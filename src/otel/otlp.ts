/** Reads the JSON form of the OpenTelemetry protocol: spans, records of logs, and the values of attributes. */

import { textIn } from "../util/fields.ts";
import { isRecord } from "../util/is-record.ts";
import { preview } from "../util/preview.ts";
import { badSpans } from "./bad-spans.ts";

type OtlpFields = Readonly<Record<string, unknown>>;

/** Whether `item` is an export of spans or of logs. */
export function isOtlp(item: unknown): item is OtlpFields {
  return isRecord(item) && ("resourceSpans" in item || "resourceLogs" in item);
}

/** The spans of an export, as they are in it. */
export function otlpSpans(item: OtlpFields): readonly OtlpFields[] {
  return listIn(item, "resourceSpans").flatMap((resource) =>
    listIn(resource, "scopeSpans").flatMap((scope) => listIn(scope, "spans")),
  );
}

/** An event that was logged in a span. */
export interface LoggedEvent {
  readonly traceId: string;
  readonly spanId: string;
  readonly name: string;
  /** Its attributes, and the fields of its body. */
  readonly attributes: OtlpFields;
}

/** The events in the logs of an export. */
export function otlpEvents(item: OtlpFields): readonly LoggedEvent[] {
  const records = listIn(item, "resourceLogs").flatMap((resource) =>
    listIn(resource, "scopeLogs").flatMap((scope) => listIn(scope, "logRecords")),
  );
  return records.flatMap(({ traceId, spanId, eventName, attributes: list, body }, index) => {
    const where = `log record ${index}`;
    const attributes = attributesIn(list, where);
    const name = eventName || attributes["event.name"];
    const fields = valueOf(body, where, 0);
    if (typeof name !== "string") return [];
    const ids = { traceId: textIn(traceId), spanId: textIn(spanId) };
    return [{ ...ids, name, attributes: { ...(isRecord(fields) ? fields : {}), ...attributes } }];
  });
}

function listIn(fields: OtlpFields, key: string): readonly OtlpFields[] {
  const list = fields[key] ?? [];
  if (Array.isArray(list) && list.every(isRecord)) return list;
  throw badSpans(`${key} of the export is not a list of records: ${preview(list, 80)}.`);
}

/** The attributes of a list of keys and values. */
export function attributesIn(list: unknown, where: string): OtlpFields {
  if (list === undefined) return {};
  if (!Array.isArray(list)) throw badSpans(`The attributes of ${where} are not a list: ${preview(list, 80)}.`);
  const attributes: Record<string, unknown> = Object.create(null);
  for (const item of list) {
    if (!isRecord(item) || typeof item["key"] !== "string") {
      throw badSpans(`An attribute of ${where} has no key: ${preview(item, 80)}.`);
    }
    attributes[item["key"]] = valueOf(item["value"], where, 0);
  }
  return attributes;
}

/** How deep lists and maps may lie in each other. */
const maxDepth = 100;

function valueOf(value: unknown, where: string, depth: number): unknown {
  if (depth > maxDepth) throw badSpans(`An attribute of ${where} is more than ${maxDepth} levels deep.`);
  if (!isRecord(value)) return undefined;
  const { stringValue, boolValue, intValue, doubleValue, bytesValue, arrayValue, kvlistValue } = value;
  if (intValue !== undefined) return numberIn(intValue);
  if (isRecord(arrayValue)) return valuesOf(arrayValue).map((item) => valueOf(item, where, depth + 1));
  if (isRecord(kvlistValue)) {
    const pairs = valuesOf(kvlistValue).filter(isRecord);
    return Object.fromEntries(pairs.map((pair) => [String(pair["key"]), valueOf(pair["value"], where, depth + 1)]));
  }
  return stringValue ?? boolValue ?? doubleValue ?? bytesValue;
}

/** A number, which the JSON form may write as a text; NaN for what is neither. */
export function numberIn(value: unknown): number {
  return typeof value === "string" || typeof value === "number" ? Number(value) : Number.NaN;
}

function valuesOf({ values = [] }: OtlpFields): readonly unknown[] {
  return Array.isArray(values) ? values : [];
}
