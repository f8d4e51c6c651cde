/** What a run has learned, for people: the source of its best program, and a picture of it at play. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TrainResult } from "tracegrad";
import { playEpisode } from "tracegrad/environments";
import type { Bridge } from "./bridge.ts";
import type { Agent, Game } from "./game.ts";
import { AtariWorld } from "./world.ts";

/** Steps from one picture to the next. */
const stepsOfPicture = 20;

/** The screen after two thirds of an episode, as PNG. */
async function pictureOf(game: Game, { act }: Agent, bridge: Bridge, seed: number): Promise<Buffer> {
  const frames: Buffer[] = [];
  const world = new AtariWorld(game, bridge);
  let steps = 0;
  const pictured = {
    reset: (seed: number) => world.reset(seed),
    step: async (action: number) => {
      const next = await world.step(action);
      if (steps++ % stepsOfPicture === 0) frames.push(await bridge.frame(0));
      return next;
    },
  };
  await playEpisode(act, pictured, { seed, maxSteps: game.evaluation.steps, traced: false });
  return frames[Math.floor((frames.length * 2) / 3)] as Buffer;
}

/** Writes the best program, and its picture, to `learned/<name>`; `agent` has its values. Returns the path. */
export async function writeLearned(
  name: string,
  { best }: TrainResult,
  { game, agent, bridge, seed }: { game: Game; agent: Agent; bridge: Bridge; seed: number },
): Promise<string> {
  const folder = join(import.meta.dirname, "learned");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.png`), await pictureOf(game, agent, bridge, seed));
  const head = `# ${game.title}, ${name}: step ${best.step}, score ${best.validation?.mean}\n\n![At play](${name}.png)\n`;
  const sources = Object.entries(best.values).map(
    ([key, text]) => `\n## ${key}\n\n\`\`\`ts\n${String(text)}\n\`\`\`\n`,
  );
  const file = join(folder, `${name}.md`);
  writeFileSync(file, head + sources.join(""));
  return file;
}
