/** HTML that its data cannot break: a template tag that escapes every value, and hidden characters written out. */

/** Markup that is safe to put into a page. Only the tag creates it, so data can never pass for it. */
export class Html {
  readonly #markup: string;

  /** @internal */
  constructor(markup: string) {
    this.#markup = markup;
  }

  toString(): string {
    return this.#markup;
  }
}

/** A value of a template: markup unchanged, text and numbers escaped, lists joined, nothing for undefined and false. */
export type Markup = Html | string | number | undefined | false | readonly Markup[];

/**
 * Markup from a template. Every value is escaped for text and for quoted attributes alike; an attribute's value must
 * be in double quotes. Never put a value in a tag's name, a style, a script or an unquoted attribute.
 */
export function html(strings: TemplateStringsArray, ...values: readonly Markup[]): Html {
  const parts: string[] = [];
  for (let at = 0; at < strings.length; at++) {
    parts.push(strings[at] as string);
    if (at < values.length) parts.push(markupOf(values[at]));
  }
  return new Html(parts.join(""));
}

function markupOf(value: Markup): string {
  if (value === undefined || value === false) return "";
  if (value instanceof Html) return value.toString();
  if (Array.isArray(value)) return value.map(markupOf).join("");
  return escapeText(String(value));
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeText(text: string): string {
  return visible(text).replace(/[&<>"']/g, (char) => entities[char] as string);
}

/**
 * Characters that hide or reorder text, or that HTML does not allow: controls but tab and newline, marks that change
 * the direction of writing, invisible letters, halves of surrogate pairs.
 */
const hidden = new RegExp(
  "[\\p{Cc}\\p{Cs}\\u00ad\\u061c\\u180e\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f" +
    "\\ufeff\\ufff0-\\ufffc\\ufffe\\uffff\\u{e0000}-\\u{e0fff}]",
  "gu",
);

/** `text` with every hidden character written out, such as `\u{1b}`, so that people see them. */
export function visible(text: string): string {
  return text.replace(/\r\n/g, "\n").replace(hidden, (char) => {
    if (char === "\n" || char === "\t") return char;
    return `\\u{${(char.codePointAt(0) as number).toString(16)}}`;
  });
}
