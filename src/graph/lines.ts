/** Lines of a long text. */

/** Lines of text, joined in chunks: one join of 100,000 lines takes four times as long. */
export class Lines {
  readonly #chunks: string[] = [];
  #lines: string[] = [];

  add(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length === 1_024) this.#flush();
  }

  /** Adds the lines of another text, which stays as it is. */
  append(other: Lines): void {
    this.#flush();
    other.#flush();
    for (const chunk of other.#chunks) this.#chunks.push(chunk);
  }

  text(): string {
    this.#flush();
    return this.#chunks.join("");
  }

  #flush(): void {
    if (this.#lines.length > 0) this.#chunks.push(`${this.#lines.join("\n")}\n`);
    this.#lines = [];
  }
}
