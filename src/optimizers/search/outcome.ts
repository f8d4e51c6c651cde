/** What one evaluation gave: the basis of every choice of a loop or a search. Types only. */

/** What one evaluation gave. */
export interface Outcome {
  readonly exampleId: string;
  /** Larger is better; undefined when the guide failed. */
  readonly score: number | undefined;
  /** What was said of it: the text of the guide; of a rollout in a run with the option `feedback`, what that gave. */
  readonly feedback: string;
  /**
   * Set when the agent failed (`agent`), the guide failed (`guide`), or the agent used tracegrad wrongly (`use`), which
   * no optimizer hears of.
   */
  readonly failure: { readonly of: "agent" | "guide" | "use"; readonly message: string } | undefined;
  /** The other things that the guide measured, by name, for searches with several objectives. */
  readonly objectives?: Readonly<Record<string, number>>;
}
