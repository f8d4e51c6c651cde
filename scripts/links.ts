/** Reads and rewrites the links and pictures of a Markdown text. */

/** A link or a picture as it is written. */
export interface Link {
  readonly target: string;
  readonly isImage: boolean;
}

// Code first, so that nothing in it counts; then pictures, links, their definitions at the end of a page, and HTML.
const PARTS =
  /(?<code>^ {0,3}(?<fence>`{3,}|~{3,})[\s\S]*?^ {0,3}\k<fence>|(?<ticks>`+)[^`](?:[\s\S]*?[^`])?\k<ticks>(?!`))|(?<open>(?<image>!)\[[^\]]*\]\(|\]\(|^\[[^\]]+\]:\s+|<(?:a|img)\b[^>]*?\s(?:href|src)=")(?<target>[^)\s"]+)/gm;

/** `text` with each link or picture outside of code written as `rewrite` gives it. */
export function rewriteLinks(text: string, rewrite: (link: Link) => string): string {
  return text.replace(PARTS, (whole, ...rest) => {
    const { open = "", image, target } = rest.at(-1) as Partial<Record<string, string>>;
    if (target === undefined) return whole;
    return open + rewrite({ target, isImage: image !== undefined || open.startsWith("<img") });
  });
}

/** The links and pictures of a Markdown text that lead to another file of the same project. */
export function relativeLinks(text: string): Link[] {
  const found: Link[] = [];
  rewriteLinks(text, (link) => {
    if (isRelative(link.target)) found.push(link);
    return link.target;
  });
  return found;
}

/** Whether a target is a file beside the page: neither an address nor a heading of the page itself. */
export function isRelative(target: string): boolean {
  return !/^(?:[a-z][a-z\d+.-]*:|\/\/|#)/i.test(target);
}
