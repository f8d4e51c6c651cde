/** Errors as data, so that whose fault a failure is comes out the same in another process. */

import { isAbort } from "../../util/abort.ts";
import { ExternalCallError, partsOf, TracegradError } from "../../util/errors.ts";
import { outageOf, withVerdict } from "../../util/outage.ts";

/** An error as JSON. */
export interface PortableError {
  /** `value` for what is no error; then only the message counts. */
  readonly kind: "external" | "tracegrad" | "abort" | "error" | "value";
  readonly name: string;
  readonly message: string;
  /** Its other fields, such as `status` and `code`, as far as they are plain. */
  readonly fields: Readonly<Record<string, string | number | boolean>>;
  readonly cause: PortableError | undefined;
  /** What it says of whose fault it is, where its fields alone may not say it. */
  readonly outage: "world" | "program" | undefined;
}

/** How many causes behind an error are sent. */
const maxDepth = 8;
const maxFields = 30;
/** Longer texts are no code, type or name. */
const maxText = 300;

/** Anything that was thrown, as JSON. Never throws. */
export function toPortable(thrown: unknown, depth = 0): PortableError {
  const { name = "Error", message } = partsOf(thrown);
  const cause = depth < maxDepth ? read(thrown, "cause") : undefined;
  return {
    kind: kindOf(thrown),
    name,
    message,
    fields: fieldsOf(thrown),
    cause: cause instanceof Error ? toPortable(cause, depth + 1) : undefined,
    outage: verdictOf(thrown),
  };
}

/** What was thrown: of our own classes where it was of one, else an error with the same name, message and fields. */
export function fromPortable({ kind, name, message, fields, cause, outage }: PortableError): unknown {
  if (kind === "value") return message;
  const options = cause === undefined ? {} : { cause: fromPortable(cause) };
  const code = String(fields["code"]);
  if (kind === "external") return new ExternalCallError(code, message, options);
  if (kind === "tracegrad") return new TracegradError(code, message, options);
  if (kind === "abort") return new DOMException(message, "AbortError");
  const error = new Error(message, options);
  // Not enumerable, as the name of any error.
  Object.defineProperty(error, "name", { value: name, configurable: true, writable: true });
  return withVerdict(Object.assign(error, fields), outage);
}

function verdictOf(thrown: unknown): PortableError["outage"] {
  try {
    return outageOf(thrown);
  } catch {
    return undefined;
  }
}

function kindOf(thrown: unknown): PortableError["kind"] {
  if (thrown instanceof ExternalCallError) return "external";
  if (thrown instanceof TracegradError) return "tracegrad";
  if (isAbort(thrown)) return "abort";
  return thrown instanceof Error ? "error" : "value";
}

function fieldsOf(thrown: unknown): PortableError["fields"] {
  if (typeof thrown !== "object" || thrown === null) return {};
  const fields: Record<string, string | number | boolean> = {};
  const names = ["code", "status", "statusCode", "requestID", ...ownKeys(thrown)];
  for (const name of names.slice(0, maxFields)) {
    const value = read(thrown, name);
    const isPlain = typeof value === "number" ? Number.isFinite(value) : typeof value === "boolean";
    if (isPlain || (typeof value === "string" && value.length <= maxText && name !== "stack" && name !== "message"))
      fields[name] = value as string | number | boolean;
  }
  return fields;
}

function ownKeys(value: object): readonly string[] {
  try {
    return Object.keys(value);
  } catch {
    return [];
  }
}

function read(value: unknown, name: string): unknown {
  try {
    return (value as Readonly<Record<string, unknown>> | null | undefined)?.[name];
  } catch {
    return undefined;
  }
}
