/** The items of a text: of JSON, one or a list; of JSON lines, one a line. */

/** How the error for a text that cannot be read is made, of what is wrong with it. */
type Fail = (message: string) => Error;

/** The items of `text`. `fix` says what to give in place of a text that cannot be read. */
export function itemsOf(text: string, fail: Fail, fix: string): readonly unknown[] {
  try {
    return [JSON.parse(text)].flat();
  } catch {
    const parse = (line: string, index: number): unknown => {
      try {
        return JSON.parse(line);
      } catch (error) {
        throw fail(`Line ${index + 1} is not JSON: ${(error as Error).message}. ${fix}`);
      }
    };
    return text.split("\n").flatMap((line, index) => (line.trim() === "" ? [] : [parse(line, index)]));
  }
}
