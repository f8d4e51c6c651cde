/** Takes secrets out of text and data before people, prompts or files get to see them. */

import { isSecretName, mark, secretForms } from "./secret-forms.ts";
import { wellFormed } from "./well-formed.ts";

/** Takes the secrets out of a text. */
export type Redact = (text: string) => string;

/** Further secrets, beside those of common forms. */
export interface RedactOptions {
  /** Forms of secrets of your own; what they match is taken out, everywhere in a text. */
  readonly forms?: readonly RegExp[] | undefined;
  /**
   * Called with each text when the forms are done, and gives what may be seen of it. The same text must give the same.
   */
  readonly also?: Redact | undefined;
  /** Whether secrets of common forms and the values of secret environment variables are taken out. Default: true. */
  readonly common?: boolean | undefined;
}

/** Shorter values of variables (`1`, `true`, `local`) would take ordinary words out of every text. */
const shortestSecret = 8;

/**
 * A function that takes out secrets: API keys and tokens of well-known forms, `Bearer …`, private keys, passwords in
 * URLs and connection strings, values behind names such as `password`, and the values (of 8 characters and more) of the
 * variables of `environment` whose names say that they are secret, such as `…_KEY`, `…_TOKEN`, `…_PASS`,
 * `DATABASE_URL`. They are read once, here. Default: the environment of this process.
 */
export function redactor(environment: Readonly<Record<string, string | undefined>> = process.env): Redact {
  const values = Object.entries(environment)
    .filter(([name, value]) => isSecretName(name) && (value ?? "").trim().length >= shortestSecret)
    .flatMap(([, value]) => spellings((value as string).trim()))
    // The longest first: one secret may begin another.
    .sort((a, b) => b.length - a.length);
  const known = values.length === 0 ? undefined : new RegExp(values.map(literal).join("|"), "g");
  return (text) => {
    let safe = known === undefined ? text : text.replace(known, mark);
    for (const [form, replacement] of secretForms) safe = safe.replace(form, replacement);
    return safe;
  };
}

/**
 * The function for a `redact` option: `true` is for common secrets, a function comes after those. Undefined for none.
 */
export function redactorOf(option: boolean | Redact | RedactOptions | undefined): Redact | undefined {
  if (option === undefined || option === false) return undefined;
  const {
    forms = [],
    also,
    common = true,
  }: RedactOptions = option === true ? {} : typeof option === "function" ? { also: option } : option;
  const everywhere = forms.map(
    (form) => new RegExp(form.source, form.flags.includes("g") ? form.flags : `${form.flags}g`),
  );
  const first = common ? redactor() : (text: string) => text;
  return (text) => {
    const safe = everywhere.reduce((left, form) => left.replace(form, mark), first(text));
    return also === undefined ? safe : String(also(safe));
  };
}

/**
 * A copy of JSON data with the secrets taken out of every text in it, names of fields too. What is not plain data is
 * given back as it is.
 */
export function redactData<T>(data: T, redact: Redact = redactor()): T {
  return copyOf(data, redact) as T;
}

function copyOf(data: unknown, redact: Redact): unknown {
  if (typeof data === "string") return redact(data);
  if (Array.isArray(data)) return data.map((item) => copyOf(item, redact));
  if (typeof data !== "object" || data === null) return data;
  const prototype: unknown = Object.getPrototypeOf(data);
  if (prototype !== Object.prototype && prototype !== null) return data;
  // `fromEntries` defines fields, so one called __proto__ stays a field.
  const entries = Object.entries(data).map(([key, item]) => {
    return [redact(key), isPicture(data, key) ? item : copyOf(item, redact)] as const;
  });
  return Object.fromEntries(entries);
}

/** Bytes in base64 hold no texts, and may look like anything. */
function isPicture(data: object, key: string): boolean {
  const { type, $type } = data as { readonly type?: unknown; readonly $type?: unknown };
  return (key === "data" && type === "image") || (key === "base64" && $type === "bytes");
}

/** A secret in plain form, and as it looks inside JSON or a URL. */
function spellings(secret: string): string[] {
  return [...new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(wellFormed(secret))])];
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
}
