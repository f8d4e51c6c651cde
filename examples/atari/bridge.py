"""Serves Atari games over stdin and stdout, one JSON object a line, until stdin ends: so it ends with the process that started it.

  {"id": 1, "op": "reset", "world": 0, "game": "Pong", "seed": 7}      -> {"id": 1, "result": SEEN}
  {"id": 2, "op": "step", "world": 0, "actions": [2, 2, 3]}            -> {"id": 2, "result": [SEEN, ...]}
  {"id": 3, "op": "frame", "world": 0}                                 -> {"id": 3, "result": "the screen as PNG, in base64"}
  {"id": 4, "op": "close", "world": 0}                                 -> {"id": 4, "result": null}
  what goes wrong                                                      -> {"id": 4, "error": {"code": "...", "message": "..."}}

SEEN is {"objects": [[category, x, y, w, h, dx, dy], ...], "lives": 3, "reward": 0, "done": false, "actions": 6}. A step holds its action
for 4 frames; no action is repeated at random. Several actions in one line save round trips; they end with the game.
"""

import base64
import json
import os
import sys

FRAMES_PER_STEP = 4


class BadRequest(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class World:
    """One game, made anew at each reset: nothing of an earlier game is left in the emulator or in OCAtari's objects."""

    def __init__(self, game, seed):
        from ocatari.core import OCAtari

        # "ram" reads objects from the emulator's memory. obs_mode and create_buffer_stacks are given because the default of
        # the first breaks Q*bert, and the default of the second is one list that all instances share.
        self.env = OCAtari(
            game + "NoFrameskip-v4",
            mode="ram",
            hud=False,
            obs_mode="ori",
            create_buffer_stacks=[],
            frameskip=FRAMES_PER_STEP,
            repeat_action_probability=0.0,
        )
        self.ale = self.env._env.unwrapped.ale
        self.env.reset(seed=seed)
        self.done = False

    def seen(self, reward):
        objects = [
            [each.category, *(int(value) for value in (*each.xywh, each.dx, each.dy))]
            for each in self.env.objects
            if each is not None and each.category != "NoObject"
        ]
        actions = int(self.env._env.action_space.n)
        return {"objects": objects, "lives": self.ale.lives(), "reward": reward, "done": self.done, "actions": actions}

    def step(self, action):
        if self.done:
            raise BadRequest("game-over", "The game is over: reset it before the next step.")
        actions = int(self.env._env.action_space.n)
        if type(action) is not int or not 0 <= action < actions:
            raise BadRequest("bad-action", f"An action of this game is a whole number from 0 to {actions - 1}, got {action!r}.")
        # OCAtari gives "truncated" before "terminated"; either ends the game.
        _, reward, truncated, terminated, _ = self.env.step(action)
        self.done = bool(truncated or terminated)
        return self.seen(float(reward))

    def frame(self):
        import cv2

        _, png = cv2.imencode(".png", self.ale.getScreenRGB()[:, :, ::-1])
        return base64.b64encode(png.tobytes()).decode()


worlds = {}


def answer(request):
    op, key = request["op"], request["world"]
    if op == "reset":
        close(key)
        try:
            worlds[key] = World(request["game"], request["seed"])
        except Exception as error:
            raise BadRequest("no-game", f"{request['game']} does not start: {error}") from error
        return worlds[key].seen(None)
    if op == "close":
        return close(key)
    if key not in worlds:
        raise BadRequest("no-world", f"There is no world {key}: reset it first.")
    if op == "step":
        return step_all(worlds[key], request["actions"])
    if op == "frame":
        return worlds[key].frame()
    raise BadRequest("bad-request", f"Unknown op {op!r}: use reset, step, frame or close.")


def step_all(world, actions):
    results = []
    for action in actions:
        results.append(world.step(action))
        if world.done:
            break
    return results


def close(key):
    world = worlds.pop(key, None)
    if world is not None:
        world.env.close()


def serve():
    # The emulator greets on the streams: answers get a stream of their own, and what else is printed goes to stderr.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            reply = {"id": request["id"], "result": answer(request)}
        except BadRequest as error:
            reply = {"id": request["id"], "error": {"code": error.code, "message": str(error)}}
        except Exception as error:
            message = f"{type(error).__name__}: {error}"
            reply = {"id": request["id"], "error": {"code": "bridge-failed", "message": message}}
        answers.write(json.dumps(reply, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    serve()
