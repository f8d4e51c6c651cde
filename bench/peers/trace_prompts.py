"""OpenTrace's prompts for the programs of test/optimizers/prompts/programs.ts, with the values that these had in tracegrad.

Reads from stdin, by program, what tracegrad recorded: {"runs": [{operation: [value, ...]}], "docs": {operation: text},
"feedback": text}. Prints, by program, {"system": text, "user": text} as OptoPrime sends them, with memory 0.
"""

import contextlib
import inspect
import json
import os
import sys

# LiteLLM, which opto imports, would look for prices on the network.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
with contextlib.redirect_stdout(sys.stderr):  # opto says there what it imports
    from opto.optimizers import OptoPrime
    from opto.trace import bundle, node
    from opto.trace.nodes import GRAPH

# The operations whose values are not computed here take them from the run that is replayed, in their order.
recorded = {}


def take(operation):
    return recorded[operation].pop(0)


def replay(run):
    recorded.update({operation: list(values) for operation, values in run.items()})


@bundle()
def ask(prompt):
    """Asks the model."""
    return take("ask")


@bundle(trainable=True)
def extract(said: str) -> str:
    """Takes the answer out of what the model said."""
    return said.strip()


@bundle()
def concat(*items):
    """Concatenate the items into a single string"""
    return "".join(f"ID {[i]}: {item}\n" for i, item in enumerate(items))


def answer(run, template, instructions):
    replay(run)
    question = node(take("question"), name="question")
    return check(extract(ask(template.format(instructions, question))), take("extract"))


def readme(runs):
    instructions = node("Answer the question.", name="instructions", trainable=True, description="What the model is told.")
    # One node for all runs: a constant in the call would be an input of each run.
    template = node("{}\n\nQuestion: {}", name="template")
    outputs = [answer(run, template, instructions) for run in runs]
    return (outputs[0] if len(outputs) == 1 else concat(*outputs)), [instructions, extract.parameter]


@bundle()
def begin(system, question):
    return [{"role": "system", "content": system}, {"role": "user", "content": question}]


@bundle()
def chat(messages):
    return take("chat")


@bundle()
def runTool(query):
    return take("runTool")


@bundle()
def add(messages, content, result):
    return [*messages, {"role": "assistant", "content": content}, {"role": "tool", "content": result}]


@bundle(trainable=True)
def finish(result: str) -> str:
    """Makes the answer out of the last result."""
    return result[:20]


@bundle()
def add_said(messages, said, result):
    return [*messages, {"role": "assistant", "content": said["content"]}, {"role": "tool", "content": result}]


def tool_agent(runs, paths=True):
    """With `paths`, fields are read between the operations, as in tracegrad's program; else inside of them."""
    replay(runs[0])
    system = node(
        "You are a helpful assistant. Use tools.", name="system", trainable=True, description="The system prompt."
    )
    messages = begin(system, node("When did the tower open?", name="question"))
    for _ in range(5):
        said = chat(messages)
        result = runTool(said["calls"][0]["args"]["query"] if paths else said)
        messages = add(messages, said["content"], result) if paths else add_said(messages, said, result)
    return check(finish(result), take("finish")), [system, finish.parameter]


def random():
    """What leads to the recorded action; it is asked only where the program moves."""
    return 0.25 if recorded["select_action"][0] == 2 else 0.75


@bundle(trainable=True)
def predict_ball_trajectory(obs):
    """Predicts the y at which the ball will reach the player's paddle, or null when that cannot be said.

    obs holds Player, Ball and Enemy as { x, y, w, h, dx, dy }: the top left corner (y grows downwards), the size, and the
    move since the last step. Ball and Enemy are missing while they are out of play. The ball bounces off walls at y = 30
    (top) and y = 190 (bottom). The player's paddle is at x = 140, the enemy's at x = 16."""
    return obs["Ball"]["y"] if "Ball" in obs else None


@bundle(trainable=True)
def select_action(predicted_ball_y, obs):
    """Chooses the player's next move: 2 moves the paddle up (y falls), 3 moves it down (y grows), 0 does nothing. The paddle
    has inertia. The player scores when the enemy misses the ball, and loses a point when the ball passes the paddle."""
    if predicted_ball_y is None or "Ball" not in obs:
        return 0
    return 2 if random() < 0.5 else 3


@bundle()
def environment_step(action):
    """Plays four frames of Pong with the action; gives what is seen then, with the reward of the step."""
    return take("observation")


def episode(runs):
    """As in OpenTrace's own Pong: a step of the environment gives the observation, and the reward is one of its fields."""
    replay(runs[0])
    obs = node(take("observation"), name="observation")
    while recorded["observation"]:
        predicted = check(predict_ball_trajectory(obs), take("predict_ball_trajectory"))
        action = select_action(predicted, obs)
        check(action, take("select_action"))
        obs = environment_step(action)
    return obs, [predict_ball_trajectory.parameter, select_action.parameter]


def check(output, expected):
    if output.data != expected:
        raise ValueError(f"{output.name} is {output.data!r} where tracegrad's is {expected!r}: mend the program here.")
    return output


def check_docs(docs):
    for operation, doc in docs.items():
        function = globals().get(operation)
        if function is not None and inspect.getdoc(function._fun) != doc:
            raise ValueError(f"The documentation of {operation} is not tracegrad's: copy it from there.")


def prompts(program, data):
    GRAPH.clear()
    check_docs(data["docs"])
    output, parameters = program(data["runs"])
    # A model is never asked: the prompt is what is wanted.
    optimizer = OptoPrime(parameters, llm=object(), memory_size=0)
    optimizer.zero_feedback()
    optimizer.backward(output, data["feedback"])
    system, user = optimizer.construct_prompt(optimizer.summarize())
    return {"system": system, "user": user}


programs = {
    "readme": readme,
    "batch": readme,
    "tool-agent": tool_agent,
    "tool-agent-inside": lambda runs: tool_agent(runs, paths=False),
    "episode": episode,
}
given = json.load(sys.stdin)
print(json.dumps({name: prompts(programs[name], data) for name, data in given.items()}))
