"""Counts the model calls of Python's textgrad for one step of the program of test/optimizers/textgrad/uses.test.ts.

Two prompts, a model call each, and a plain function between them. A scripted engine answers at once, so nothing is paid.

    pip install textgrad==0.1.8 && python bench/peers/textgrad_calls.py [--prompts]
"""

import sys

import textgrad as tg
from textgrad.autograd.string_based_ops import StringBasedFunction
from textgrad.engine import EngineLM

JUDGED = [
    ("When did the tower open?", "Expected 1889.\nScore: 0"),
    ("Where is it?", "Correct.\nScore: 1"),
    ("Who built it?", "Expected Eiffel.\nScore: 0"),
]


class Scripted(EngineLM):
    """Answers by what it is asked, and keeps the requests."""

    model_string = "scripted"

    def __init__(self):
        self.calls = []

    def generate(self, prompt, system_prompt=None, **_):
        system = system_prompt or ""
        self.calls.append((system, prompt))
        if "creatively and critically improve" in system:
            return "<IMPROVED_VARIABLE>Better.</IMPROVED_VARIABLE>"
        if "gradient (feedback) engine" in system:
            return "It should ask to keep the years."
        return "A tower in Paris, built for a fair." if "Summarize" in system else "I do not know."

    def __call__(self, prompt, **kwargs):
        return self.generate(prompt, **kwargs)


def order(output):
    """The variables behind an output, it first: as Variable.backward walks them."""
    found, seen = [], set()

    def visit(variable):
        if variable in seen:
            return
        seen.add(variable)
        for predecessor in variable.predecessors:
            visit(predecessor)
        found.append(variable)

    visit(output)
    return reversed(found)


def step(judged):
    engine = Scripted()
    tg.set_backward_engine(engine, override=True)
    summarizer = tg.Variable("Summarize the text.", role_description="Tells the model how to summarize.")
    answerer = tg.Variable("Answer by the summary.", role_description="Tells the model how to answer.")
    summarize, answer = tg.BlackboxLLM(engine, summarizer), tg.BlackboxLLM(engine, answerer)
    upper = StringBasedFunction(lambda text: text.value.upper(), "Writes a text in capitals.")
    outputs = []
    for question, said in judged:
        text = f"The tower opened in 1889 in Paris for a fair. Eiffel built it.\nQuestion: {question}"
        given = tg.Variable(text, requires_grad=False, role_description="text")
        output = answer(upper(inputs={"text": summarize(given)}))
        # The feedback of a guide, not of a model: TextLoss would take two calls more for each run.
        output.gradients.add(tg.Variable(said, role_description="feedback"))
        outputs.append(output)
    forward = len(engine.calls)
    for output in outputs:
        for variable in order(output):
            if variable.requires_grad and variable.get_grad_fn() is not None:
                variable.grad_fn(backward_engine=engine)
    gradients = len(engine.calls) - forward
    tg.TGD(parameters=[summarizer, answerer], engine=engine).step()
    return engine.calls[forward:], gradients


for count in (1, 3):
    calls, gradients = step(JUDGED[:count])
    print(f"{count} run(s): {gradients} gradients, {len(calls) - gradients} rewrites, {len(calls)} calls")
    if "--prompts" in sys.argv:
        for system, prompt in calls:
            print(f"=== system\n{system}\n=== user\n{prompt}")
