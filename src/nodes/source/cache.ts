/**
 * Keeps what was computed from files: one result a file, dropped when the file changes, the oldest first when there are
 * too many.
 */
import { readFileSync, statSync } from "node:fs";

/** A bounded memory of results by file. */
export interface FileCache<T> {
  /** The result for a file on disk; undefined when it cannot be read or `make` gave undefined. */
  ofFile(file: string): T | undefined;
  /** The result for a text that replaces a file (a source map can carry the source itself). */
  ofText(file: string, text: string): T | undefined;
}

// Larger than any file a person writes; a bundle beyond it is not worth the parse.
const MAX_FILE_BYTES = 8_000_000;

/**
 * A cache of `make(text, file)` that holds at most `limit` files. `make` may throw: that counts as undefined, and is
 * remembered too.
 */
export function fileCache<T>(limit: number, make: (text: string, file: string) => T | undefined): FileCache<T> {
  const entries = new Map<string, { readonly version: string; readonly result: T | undefined }>();
  const remember = (file: string, version: string, text: () => string): T | undefined => {
    const known = entries.get(file);
    if (known?.version === version) return known.result;
    const result = attempt(() => make(text(), file));
    entries.delete(file);
    entries.set(file, { version, result });
    const [oldest] = entries.keys();
    if (entries.size > limit && oldest !== undefined) entries.delete(oldest);
    return result;
  };
  return {
    ofFile: (file) =>
      attempt(() => {
        const stat = statSync(file);
        if (!stat.isFile() || stat.size > MAX_FILE_BYTES) return undefined;
        return remember(file, `file ${stat.mtimeMs} ${stat.size}`, () => readFileSync(file, "utf8"));
      }),
    ofText: (file, text) => remember(file, `text ${text}`, () => text),
  };
}

function attempt<T>(make: () => T | undefined): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}
