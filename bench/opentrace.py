"""OpenTrace on the same programs: 10,000 operators on nodes, and backward of a chain of 3,000. Prints JSON."""

import json
import time

from opto.trace import node
from opto.trace.nodes import GRAPH


def chain(x, size):
    one = node(1)
    for _ in range(size):
        x = x + one
    return x


chain(node(1), 100)
start = time.perf_counter()
kept = chain(node(1), 10_000)
call_ns = (time.perf_counter() - start) / 10_000 * 1e9
GRAPH.clear()

output = chain(node(1, trainable=True), 3_000)
start = time.perf_counter()
output.backward("Too low: expected more.")
backward_ms = (time.perf_counter() - start) * 1e3
print(json.dumps({"call_ns": call_ns, "backward_ms": backward_ms}))
