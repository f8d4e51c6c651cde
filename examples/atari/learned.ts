/** What a run has learned, for people: the source of its best program, and pictures of it and of the start at play. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ScoredCandidate, TrainResult } from "tracegrad";
import { playEpisode } from "tracegrad/environments";
import { addPicture } from "../shared/run-folder.ts";
import type { Bridge } from "./bridge.ts";
import type { Agent, Game } from "./game.ts";
import { AtariWorld } from "./world.ts";

/** Steps from one picture to the next. */
const stepsOfPicture = 20;

/** Where pictures are taken: in the evaluation episode of this seed. */
export interface Scene {
  readonly game: Game;
  readonly bridge: Bridge;
  readonly seed: number;
}

/** A screen of an episode. */
interface Frame {
  /** As PNG. */
  readonly png: Buffer;
  /** After how many steps. */
  readonly step: number;
}

/** The screen after two thirds of the evaluation episode, and what the picture shows; undefined when no step was made. */
async function frameOf({ act }: Agent, { game, bridge, seed }: Scene): Promise<(Frame & { text: string }) | undefined> {
  const frames: Frame[] = [];
  const world = new AtariWorld(game, bridge);
  let steps = 0;
  const pictured = {
    reset: (seed: number) => world.reset(seed),
    step: async (action: number) => {
      const next = await world.step(action);
      if (steps++ % stepsOfPicture === 0) frames.push({ png: await bridge.frame(0), step: steps });
      return next;
    },
  };
  const { total } = await playEpisode(act, pictured, { seed, maxSteps: game.evaluation.steps, traced: false });
  const frame = frames[Math.floor((frames.length * 2) / 3)];
  const whole = `After step ${frame?.step} of ${steps} in an evaluation game, which ended with ${total} points.`;
  return frame && { ...frame, text: whole };
}

/** The best program of a run, with its picture. */
export interface Learned {
  readonly best: ScoredCandidate;
  readonly png: Buffer;
}

/** Puts pictures of the start and of the best program beside the run in `folder`. `agent` has the best values. */
export async function addPictures(
  folder: string,
  { best }: TrainResult,
  agent: Agent,
  scene: Scene,
): Promise<Learned | undefined> {
  const start = await frameOf(scene.game.makeAgent(), scene);
  if (start) addPicture(folder, "1 The start at play.png", start.png, start.text);
  if (best.step === 0) return start && { best, png: start.png };
  const learned = await frameOf(agent, scene);
  if (learned) addPicture(folder, `2 The program of step ${best.step} at play.png`, learned.png, learned.text);
  return learned && { best, png: learned.png };
}

/** Writes the best program, and its picture, to `learned/<name>`. Returns the path. */
export function writeLearned(name: string, { title }: Game, { best, png }: Learned): string {
  const folder = join(import.meta.dirname, "learned");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.png`), png);
  const head = `# ${title}, ${name}: step ${best.step}, score ${best.validation?.mean}\n\n![At play](${name}.png)\n`;
  const sources = Object.entries(best.values).map(
    ([key, text]) => `\n## ${key}\n\n\`\`\`ts\n${String(text)}\n\`\`\`\n`,
  );
  const file = join(folder, `${name}.md`);
  writeFileSync(file, head + sources.join(""));
  return file;
}
