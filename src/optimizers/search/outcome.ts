/** How one example was done: what a loop and a search choose by. Types only. */

/** How one example was done. */
export interface Outcome {
  readonly exampleId: string;
  /** Larger is better; undefined when the judge failed. */
  readonly score: number | undefined;
  readonly feedback: string;
  /**
   * Set when the candidate failed (`agent`), the judge did (`guide`), or the candidate uses tracegrad in a way that
   * cannot be (`use`), of which no optimizer hears.
   */
  readonly failure: { readonly of: "agent" | "guide" | "use"; readonly message: string } | undefined;
  /** The other things that the guide measured, by name, for searches with several objectives. */
  readonly objectives?: Readonly<Record<string, number>>;
}
