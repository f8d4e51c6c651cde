"""Python's gepa on problems that the parent process holds: a run a line, judged and reflected by questions on stdout."""

import json
import sys

import gepa
from gepa.core.adapter import EvaluationBatch


def ask(question):
    print(json.dumps(question), flush=True)
    return json.loads(sys.stdin.readline())


class Adapter:
    """Has the parent judge, and makes the records that the reflection prompt shows."""

    propose_new_texts = None

    def evaluate(self, batch, candidate, capture_traces=False):
        judged = ask({"judge": {"program": candidate, "examples": batch}})
        outputs = [f"Answer {example}" for example in batch]
        return EvaluationBatch(
            outputs=outputs,
            scores=[one["score"] for one in judged],
            trajectories=[{"example": e, **one} for e, one in zip(batch, judged)] if capture_traces else None,
        )

    def make_reflective_dataset(self, candidate, eval_batch, components_to_update):
        records = [
            {"Inputs": f"Question {one['example']}", "Generated Outputs": output, "Feedback": one["text"]}
            for one, output in zip(eval_batch.trajectories, eval_batch.outputs)
        ]
        return {name: records for name in components_to_update}


class Silent:
    def log(self, message):
        pass


for line in sys.stdin:
    run = json.loads(line)
    size = run["train"]
    result = gepa.optimize(
        seed_candidate=run["start"],
        trainset=list(range(size)),
        valset=list(range(size, size + run["validation"])),
        adapter=Adapter(),
        reflection_lm=lambda prompt: ask({"reflect": prompt}),
        max_metric_calls=run["calls"],
        use_merge=run["merge"],
        logger=Silent(),
        seed=run["seed"],
    )
    print(json.dumps({"done": {"program": result.best_candidate, "calls": result.total_metric_calls}}), flush=True)
