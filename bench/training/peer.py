"""The engine of the Python gepa on a made-up problem: processor time for a metric call, in microseconds, as JSON."""

import json
import random
import sys
import time

from gepa.core.adapter import EvaluationBatch
import gepa


class Adapter:
    """Scores by a formula, and proposes a program that was never there."""

    def __init__(self):
        self.last = 0

    def evaluate(self, batch, candidate, capture_traces=False):
        program = int(candidate["prompt"])
        outputs = [f"{program}:{example}" for example in batch]
        scores = [((program * 7919 + example * 104729) % 1009) / 1008 for example in batch]
        trajectories = outputs if capture_traces else None
        return EvaluationBatch(outputs=outputs, scores=scores, trajectories=trajectories)

    def make_reflective_dataset(self, candidate, eval_batch, components_to_update):
        records = [{"output": output} for output in eval_batch.outputs]
        return {name: records for name in components_to_update}

    def propose_new_texts(self, candidate, reflective_dataset, components_to_update):
        self.last += 1
        return {name: str(self.last) for name in components_to_update}


class Silent:
    def log(self, message):
        pass


validation, calls = int(sys.argv[1]), int(sys.argv[2])
size = max(20, validation)
data = list(range(size + validation))
random.seed(0)
began = time.process_time()
result = gepa.optimize(
    seed_candidate={"prompt": "0"},
    trainset=data[:size],
    valset=data[size:],
    adapter=Adapter(),
    max_metric_calls=calls,
    reflection_minibatch_size=3,
    skip_perfect_score=False,
    use_merge=False,
    logger=Silent(),
    display_progress_bar=False,
    seed=0,
)
spent = time.process_time() - began
print(json.dumps({"us": spent * 1e6 / result.total_metric_calls, "programs": result.num_candidates}))
