/** A page of the guide as a program: its blocks of code as files, its commands, and what it says that they print. */

/** What a page holds beside prose. */
export interface Page {
  /** Texts by file name: a block names its file after its language (```` ```ts agent.ts ````); TypeScript is `main.ts`. */
  readonly files: ReadonlyMap<string, string>;
  /** What `main.ts` prints, in order: the `text` blocks. */
  readonly outputs: readonly string[];
  /** The lines of `sh` blocks that are marked to run (```` ```sh run ````). */
  readonly commands: readonly string[];
}

const BLOCK = /^```(\w+)(?: ([^\n]+))?\n([\s\S]*?)^```$/gm;

/** Reads a page. Blocks of one file are joined in order. */
export function readPage(markdown: string): Page {
  const files = new Map<string, string>();
  const outputs: string[] = [];
  const commands: string[] = [];
  for (const [, language, label, body = ""] of markdown.matchAll(BLOCK)) {
    if (language === "text") outputs.push(body);
    else if (language === "sh") commands.push(...(label === "run" ? body.split("\n").filter(Boolean) : []));
    else {
      const file = label ?? (language === "ts" ? "main.ts" : undefined);
      if (file !== undefined) files.set(file, [...(files.has(file) ? [files.get(file)] : []), body].join("\n"));
    }
  }
  return { files, outputs, commands };
}

/** The first output that is not printed after those before it; undefined when all are. */
export function missingOutput(printed: string, outputs: readonly string[]): string | undefined {
  let from = 0;
  for (const output of outputs) {
    const at = printed.indexOf(output, from);
    if (at < 0) return output;
    from = at + output.length;
  }
  return undefined;
}
