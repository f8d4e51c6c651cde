/** What a loop runs: steps along one line of programs, or the rounds of a search. Types only. */

/** How a run goes its way. Each part either ends whole or throws; the loop keeps the progress of the last whole one. */
export interface Course {
  /** Scores the starting artifact. */
  first(): Promise<void>;
  /** One round. */
  round(): Promise<void>;
  /** Whether there is nothing more to do. */
  readonly done: boolean;
  /** What people should know of how it ended, in sentences. */
  closingWords?(): readonly string[];
  /** Takes what a round that was cut short had already earned into the progress. */
  salvage?(): Promise<void>;
}
