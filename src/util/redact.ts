/** Takes secrets out of text and data before people, prompts or files get to see them. */

/** Takes the secrets out of a text. */
export type Redact = (text: string) => string;

/** What stands in the place of a secret. */
const mark = "[redacted]";

/** Shorter values of variables (`1`, `true`, `local`) would take ordinary words out of every text. */
const shortestSecret = 8;

/** Names of environment variables that hold secrets. */
const secretName = /_(KEY|TOKEN|SECRET|PASSWORD)$/i;

/** Secrets that tell themselves by their form. All are linear: none may be slow on a long text. */
const forms: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|$)/g, mark],
  [/\b(Bearer\s+|Authorization:\s*Basic\s+)[\w.~+/=-]{8,}/gi, `$1${mark}`],
  [/\bsk-[\w-]{12,}/g, mark],
  [/\b[prs]k_(?:live|test)_\w{8,}/g, mark],
  [/\b(?:gh[pousr]_|github_pat_|glpat-|hf_|npm_)[A-Za-z0-9_-]{20,}/g, mark],
  [/\bxox[a-z]-[\w-]{8,}/g, mark],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b/g, mark],
  [/\bAIza[\w-]{20,}/g, mark],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, mark],
];

/**
 * A function that takes out secrets: API keys and tokens of well-known forms, `Bearer …`, private keys, and the values (of 8
 * characters and more) of the variables of `environment` whose names end in `_KEY`, `_TOKEN`, `_SECRET` or `_PASSWORD`. They
 * are read once, here. Default: the environment of this process.
 */
export function redactor(environment: Readonly<Record<string, string | undefined>> = process.env): Redact {
  const values = Object.entries(environment)
    .filter(([name, value]) => secretName.test(name) && (value ?? "").trim().length >= shortestSecret)
    .flatMap(([, value]) => spellings((value as string).trim()))
    // The longest first: one secret may begin another.
    .sort((a, b) => b.length - a.length);
  const known = values.length === 0 ? undefined : new RegExp(values.map(literal).join("|"), "g");
  return (text) => {
    let safe = known === undefined ? text : text.replace(known, mark);
    for (const [form, replacement] of forms) safe = safe.replace(form, replacement);
    return safe;
  };
}

/**
 * A copy of JSON data with the secrets taken out of every text in it, names of fields too. What is no plain data is given
 * back as it is.
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
  return Object.fromEntries(Object.entries(data).map(([key, item]) => [redact(key), copyOf(item, redact)]));
}

/** A secret as it is, and as it looks inside of JSON or a URL. */
function spellings(secret: string): string[] {
  return [...new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(wellFormed(secret))])];
}

/** Half a surrogate pair cannot be encoded. */
function wellFormed(text: string): string {
  return text.replace(/\p{Cs}/gu, "\ufffd");
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
}
