/** The Atari games behind their bridge, on the real emulator; tests of it are left out where its Python is missing. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, inject, it, test } from "vitest";
import { Bridge, environmentOfAtari, hasAtari, pythonOfAtari } from "../../../examples/atari/bridge.ts";
import type { Game } from "../../../examples/atari/game.ts";
import { gameOf, games } from "../../../examples/atari/games/index.ts";
import { AtariWorld, seedsFor } from "../../../examples/atari/world.ts";

test("without Python the error says how to install it", () => {
  const message = expect.stringContaining("npm run setup:atari");
  expect(() => new Bridge("/nowhere/python")).toThrow(expect.objectContaining({ code: "no-atari", message }));
});

test("a Python that is not one ends with what it wrote", async () => {
  const bridge = new Bridge("/bin/false");
  await expect(bridge.reset(0, "Pong", 1)).rejects.toMatchObject({ code: "bridge-ended" });
  await expect(bridge.step(0, [0])).rejects.toMatchObject({ code: "bridge-ended" });
  await bridge.close();
});

test("the pins of the setup are those of the study", () => {
  const pins = readFileSync(join(import.meta.dirname, "../../../examples/atari/requirements.txt"), "utf8");
  expect(pins).toContain("ale-py==0.12.1");
});

let shared: Bridge | undefined;
afterAll(() => shared?.close());

/** The games, for a test, which is left out where their Python is not installed. */
function open(skip: (note: string) => never): Bridge {
  if (!hasAtari()) return skip(`There is no ${pythonOfAtari()}: run npm run setup:atari.`);
  shared ??= new Bridge();
  return shared;
}

function stateOf(pid: number): "running" | "ended" {
  try {
    process.kill(pid, 0);
    return "running";
  } catch {
    return "ended";
  }
}

/** A game begins without a reward, is JSON, and does not end with a first action. */
async function checkBeginning(game: Game, bridge: Bridge): Promise<void> {
  const world = new AtariWorld(game, bridge, 3);
  const first = (await world.reset(1)) as { reward: unknown };
  expect(first.reward).toBeNull();
  expect(JSON.parse(JSON.stringify(first))).toEqual(first);
  const { observation, reward, done } = await world.step(1);
  expect(observation).toMatchObject({ reward });
  expect(done).toBe(false);
}

describe("the real games", () => {
  it("play 200 steps of Pong alike twice, one action at a time or all at once", async ({ skip }) => {
    const bridge = open(skip);
    const actions = Array.from({ length: 200 }, (_, step) => [2, 3, 0, 3][Math.floor(step / 7) % 4] as number);
    await bridge.reset(1, "Pong", 1);
    const together = await bridge.step(1, actions);
    await bridge.reset(2, "Pong", 1);
    const single = [];
    for (const action of actions) single.push(...(await bridge.step(2, [action])));
    expect(together).toHaveLength(200);
    expect(single).toEqual(together);
    const last = together.at(-1);
    expect(last?.objects.map(([category]) => category)).toContain("Player");
    expect(together.reduce((sum, { reward }) => sum + (reward ?? 0), 0)).toBeLessThan(0);
  });

  it("give each agent what it can act on, and go on with its actions", async ({ skip }) => {
    const bridge = open(skip);
    for (const game of games) await checkBeginning(game, bridge);
  });

  it("refuse an action that the game has not, as a fault of the program", async ({ skip }) => {
    const bridge = open(skip);
    const world = new AtariWorld(gameOf("pong"), bridge, 4);
    await world.reset(1);
    const code = { name: "TracegradError", code: "bad-action" };
    for (const action of [6, -1, 1.5, Number.NaN, "2", undefined]) {
      await expect(world.step(action as number)).rejects.toMatchObject(code);
    }
  });

  it("end an episode of Seaquest when a life is lost", async ({ skip }) => {
    const bridge = open(skip);
    const world = new AtariWorld(gameOf("seaquest"), bridge, 5);
    await world.reset(1);
    let steps = 0;
    let lives: unknown;
    for (let done = false; !done; steps++) {
      const next = await world.step(5);
      ({ done } = next);
      ({ lives } = next.observation as { lives: number });
    }
    expect(steps).toBeGreaterThan(50);
    expect(lives).toBe(3);
  });

  it("count in an evaluation of Asterix one life of the game for each seed", async ({ skip }) => {
    const bridge = open(skip);
    const asterix = gameOf("asterix");
    const { validation } = seedsFor(asterix, 1);
    const played = [];
    for (const seed of validation) {
      const world = new AtariWorld(asterix, bridge, 6);
      await world.reset(seed);
      let [steps, total] = [0, 0];
      for (let done = false; !done; steps++) {
        const next = await world.step([1, 2, 4, 3][Math.floor(steps / 5) % 4] as number);
        ({ done } = next);
        total += next.reward;
      }
      played.push({ steps, total });
    }
    const [first, second, third] = played;
    // Each episode goes on where the one before ended, so it is longer; its score is that of its own life.
    expect(second?.steps).toBeGreaterThan(first?.steps as number);
    expect(third?.steps).toBeGreaterThan(second?.steps as number);
  });

  it("show the screen as a PNG of 160 by 210 pixels", async ({ skip }) => {
    const bridge = open(skip);
    await bridge.reset(8, "Breakout", 1);
    const png = await bridge.frame(8);
    expect(png.subarray(1, 4).toString()).toBe("PNG");
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([160, 210]);
  });

  it("say which game is not there, and that a world has to begin", async ({ skip }) => {
    const bridge = open(skip);
    await expect(bridge.reset(9, "Chess", 1)).rejects.toMatchObject({ code: "no-game" });
    await expect(bridge.step(9, [0])).rejects.toMatchObject({ code: "no-world" });
  });

  it("end with the process that plays them, also when it is killed", async ({ skip }) => {
    open(skip);
    const text = `import { Bridge } from ${JSON.stringify(join(inject("builtPackage"), "examples/atari/bridge.js"))};
      const bridge = new Bridge();
      await bridge.reset(0, "Pong", 1);
      console.log(bridge.pid);
      setInterval(() => {}, 1_000);`;
    const env = { ...process.env, TRACEGRAD_ATARI: environmentOfAtari() };
    const player = spawn(process.execPath, ["--input-type=module", "-e", text], { env, cwd: inject("builtPackage") });
    const [line] = (await once(player.stdout, "data")) as [Buffer];
    const python = Number(String(line));
    expect(process.kill(python, 0)).toBe(true);
    player.kill("SIGKILL");
    await expect.poll(() => stateOf(python)).toBe("ended");
  });
});
