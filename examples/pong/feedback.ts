/** What a Pong agent is told after an episode: what it scored and, by the stage it has reached, what to try next. */
import { WINNING_SCORE } from "./simulator.ts";

/** What the feedback is made from. */
export type PongResult = {
  /** Steps of the traced episode. */
  steps: number;
  /** The sum of its rewards. */
  total: number;
  /** The mean score of the evaluation games, -21 to 21; it decides the stage. */
  mean: number;
  /** Their standard deviation. */
  std: number;
  /** How many evaluation games there were; 10 unless told. */
  games?: number;
};

/** From this mean score on, the agent is told that it is close to winning. */
const CLOSE_TO_WINNING = 19;

/**
 * The feedback of the paper's Pong study: a line on the episode, then one by the mean (19 or more, above 0, or not).
 * The mean, the deviation and the points missing are given to at most 2 decimals.
 * @throws RangeError when a number is not finite.
 */
export function stagedFeedback({ steps, total, mean, std, games = 10 }: PongResult): string {
  for (const [name, value] of Object.entries({ steps, total, mean, std, games })) {
    if (!Number.isFinite(value)) throw new RangeError(`Pong feedback needs finite numbers, got ${name} = ${value}.`);
  }
  const missing = rounded(WINNING_SCORE - mean);
  const scoring = `You're scoring ${rounded(mean)} points against the opponent`;
  const average = `on average of ${games} games with std dev ${rounded(std)}`;
  const episode = `Episode ends after ${steps} steps with total score: ${total.toFixed(1)}`;
  if (mean >= CLOSE_TO_WINNING) {
    const close = "Good job! You're close to winning the game!";
    return `${episode}\n${close} ${scoring} ${average}, only ${missing} points short of winning.`;
  }
  if (mean > 0) {
    const still = `but you are still ${missing} points from winning the game.`;
    const advice = "Try improving paddle positioning to prevent opponent scoring.";
    return `${episode}\nKeep it up! ${scoring} ${average} ${still} ${advice}`;
  }
  const advice = "Try to improve paddle positioning to prevent opponent scoring.";
  return `${episode}\nYour score is ${rounded(mean)} points ${average}. ${advice}`;
}

function rounded(value: number): string {
  return String(Number(value.toFixed(2)));
}
