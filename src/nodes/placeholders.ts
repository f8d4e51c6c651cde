/** Placeholders in texts: `{{name}}`, `${name}` and `{name}`, which a program replaces by values. */

/** How placeholders are written. LaTeX has braces too, behind a command: `\boxed{answer}` holds none. */
const styles: readonly RegExp[] = [
  /\{\{\s*([A-Za-z_][\w.]*)\s*\}\}/g,
  /\$\{\s*([A-Za-z_][\w.]*)\s*\}/g,
  /(?<!\\[A-Za-z]+(?:\{[^{}]*\})*)(?<![{$])\{([A-Za-z_]\w*)\}(?!\})/g,
];

/** The placeholders of a text, of those styles that `like` has any of, without spaces. */
function placeholdersIn(text: string, like: string): ReadonlySet<string> {
  const own = styles.filter((style) => like.search(style) >= 0);
  return new Set(own.flatMap((style) => [...text.matchAll(style)].map(([all]) => all.replace(/\s+/g, ""))));
}

/** The placeholders of a text, each once. */
export function placeholdersOf(text: string): readonly string[] {
  return [...placeholdersIn(text, text)];
}

/** What is wrong with the placeholders of `text` as a new version of `first`; undefined when it has the same. */
export function placeholderProblem(first: string, text: string): string | undefined {
  const wanted = placeholdersIn(first, first);
  if (wanted.size === 0) return undefined;
  const given = placeholdersIn(text, first);
  const lost = [...wanted].filter((one) => !given.has(one));
  const added = [...given].filter((one) => !wanted.has(one));
  if (lost.length === 0 && added.length === 0) return undefined;
  const faults = [
    ...(lost.length === 0 ? [] : [`lacks ${lost.join(", ")}`]),
    ...(added.length === 0 ? [] : [`has ${added.join(", ")}, which the program does not fill in`]),
  ];
  return `it ${faults.join(" and ")}: keep the placeholders ${[...wanted].join(", ")}, each at least once, and add none`;
}

interface PlaceholderMatch {
  /** As it is written. */
  readonly all: string;
  readonly start: number;
  /** Without spaces. */
  readonly name: string;
}

/** The placeholders of a text, from left to right. */
function matchesIn(text: string): readonly PlaceholderMatch[] {
  return styles
    .flatMap((style) => [...text.matchAll(style)])
    .map(({ 0: all, index }) => ({ all, start: index, name: all.replace(/\s+/g, "") }))
    .sort((a, b) => a.start - b.start);
}

/** A text in parts: what is between its placeholders, and these, in turn. */
export interface SplitText {
  /** One more than there are placeholders; each may be empty. */
  readonly literals: readonly string[];
  readonly names: readonly string[];
}

/** `text` at its placeholders. */
export function splitAtPlaceholders(text: string): SplitText {
  const found = matchesIn(text);
  const ends = [0, ...found.map(({ all, start }) => start + all.length)];
  const starts = [...found.map(({ start }) => start), text.length];
  return {
    literals: starts.map((start, index) => text.slice(ends[index], start)),
    names: found.map(({ name }) => name),
  };
}

/** `text` with its placeholders filled in; those without a value stay. */
export function fillPlaceholders(text: string, values: ReadonlyMap<string, string>): string {
  return piecesOf(text, values)
    .map(({ text: own, placeholder }) => (placeholder === undefined ? own : (values.get(placeholder) ?? own)))
    .join("");
}

/** A piece of a text with placeholders. */
export interface TextPiece {
  /** Its words; of a placeholder, as it is written. */
  readonly text: string;
  /** The placeholder without spaces; undefined for words. */
  readonly placeholder: string | undefined;
}

/** `text` in pieces: those of its placeholders that `names` has, and the words between them. */
export function piecesOf(text: string, names: Pick<ReadonlySet<string>, "has">): readonly TextPiece[] {
  const pieces: TextPiece[] = [];
  let at = 0;
  const addWords = (end: number): void => {
    if (end > at) pieces.push({ text: text.slice(at, end), placeholder: undefined });
  };
  for (const { all, start, name } of matchesIn(text)) {
    if (!names.has(name)) continue;
    addWords(start);
    pieces.push({ text: all, placeholder: name });
    at = start + all.length;
  }
  addWords(text.length);
  return pieces;
}
