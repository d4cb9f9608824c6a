"""Average precision of units: ours, all at once, against scikit-learn called per unit."""

from time import perf_counter

import numpy as np
import torch
from sklearn.metrics import average_precision_score

from analysis.experts.average_precision import average_precision
from analysis.seeds import stream

UNITS, SENTENCES, CONCEPTS = 20_000, 4_000, 50
SAMPLE = 40
"""Units and concepts that scikit-learn is timed on; its time is proportional to their number."""


def rows() -> list[tuple[str, str, str, str]]:
    """What was measured, ours, theirs, ratio."""
    random = stream(0, "bench/precision")
    responses = torch.from_numpy(random.normal(size=(SENTENCES, UNITS)).astype(np.float32))
    labels = (random.random((CONCEPTS, SENTENCES)) < 0.1).astype(np.int8)
    start = perf_counter()
    ours = average_precision(responses, labels)
    first = (perf_counter() - start) / (UNITS * CONCEPTS)
    start = perf_counter()
    for unit in range(SAMPLE):
        theirs = average_precision_score(labels[0], responses[:, unit])
        assert abs(theirs - ours[0, unit]) < 1e-6
    second = (perf_counter() - start) / SAMPLE
    name = f"average precision, {UNITS:,} units x {SENTENCES:,} sentences x {CONCEPTS} concepts"
    return [
        (name, f"{first * 1e6:.2f} us a unit and concept", f"{second * 1e6:,.0f} us",
         f"{second / first:,.0f}x")
    ]  # fmt: skip
