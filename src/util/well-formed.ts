/** Text without halves of characters: half a surrogate pair cannot be encoded, and providers refuse it. */

/** `text` with the replacement character for each half of a surrogate pair that stands alone. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Cs}/gu, "\ufffd");
}

/** Plain data such as a request with all of its texts well-formed; itself when they are. */
export function withWellFormedTexts<T>(value: T): T {
  return formed(value) as T;
}

function formed(value: unknown): unknown {
  if (typeof value === "string") return wellFormed(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map(formed);
    return items.every((item, at) => item === value[at]) ? value : items;
  }
  const fields = Object.entries(value);
  const texts = fields.map(([key, field]) => [key, formed(field)] as const);
  return texts.every(([, field], at) => field === fields[at]?.[1]) ? value : Object.fromEntries(texts);
}
