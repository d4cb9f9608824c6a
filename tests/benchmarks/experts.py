"""How the time and the memory of finding experts grow, and what permutations cost."""

import resource
import subprocess
import sys
from statistics import median
from time import perf_counter

import numpy as np
import torch
from transformers import XGLMConfig, XGLMForCausalLM

from analysis.concepts.sets import ConceptPool, concept_set
from analysis.experts.average_precision import average_precision
from analysis.experts.experts import find_experts
from analysis.experts.settings import ExpertSettings
from analysis.seeds import stream
from tests.analysis.activations.tiny import word_tokenizer

BASE = {"units": 5_000, "sentences": 2_000, "concepts": 25}
TIMES = 4
"""How many times as much of one of them."""

PERMUTATIONS = 19
WORDS, CONCEPTS, SENTENCES = 5_000, 50, 2_000
"""Of the model and the concept set that memory and permutations are measured with."""


def rows() -> list[tuple[str, str, str, str]]:
    """What was measured, with more, with less, ratio."""
    return [*_growth(), *_whole_search()]


def _growth() -> list[tuple[str, str, str, str]]:
    """Seconds of average precision with more units, sentences or concepts, the others the same."""
    sizes = ", ".join(f"{number:,} {name}" for name, number in BASE.items())
    less = _seconds(**BASE)
    found = []
    for name, number in BASE.items():
        more = _seconds(**BASE | {name: TIMES * number})
        what = f"average precision, {TIMES} times as many {name} as in {sizes}"
        found.append((what, f"{more:.2f} s", f"{less:.2f} s", f"{more / less:.1f}x"))
    return found


def _seconds(units: int, sentences: int, concepts: int, turns: int = 3) -> float:
    random = stream(0, "bench/experts")
    responses = torch.from_numpy(random.normal(size=(sentences, units)).astype(np.float32))
    labels = (random.random((concepts, sentences)) < 0.1).astype(np.int8)
    times = []
    for _ in range(turns):
        start = perf_counter()
        average_precision(responses, labels)
        times.append(perf_counter() - start)
    return median(times)


def _whole_search() -> list[tuple[str, str, str, str]]:
    """The whole search with and without permutations, each in a process of its own."""
    with_seconds, with_mb = _in_child(PERMUTATIONS)
    seconds, mb = _in_child(0)
    _, before = _in_child(None)
    name = (
        f"find_experts, XGLM of width 256 and 8 layers, {CONCEPTS} concepts x {SENTENCES:,} "
        "sentences of one language"
    )
    many = f"{PERMUTATIONS} permutations against none"
    return [
        (f"{name}: {many}", f"{with_seconds:.1f} s", f"{seconds:.1f} s",
         f"{with_seconds / seconds:.1f}x"),
        (f"the same, peak memory beyond the model and the sentences: {many}",
         f"{with_mb - before:,.0f} MiB", f"{mb - before:,.0f} MiB",
         f"{(with_mb - before) / (mb - before):.1f}x"),
    ]  # fmt: skip


def _in_child(permutations: int | None) -> tuple[float, float]:
    """Seconds and peak memory in MiB; of the model and the sentences alone with None."""
    command = [sys.executable, "-m", "tests.benchmarks.experts", str(permutations)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    seconds, mb = map(float, told.split())
    return seconds, mb


def _search(permutations: int | None) -> None:
    """What the child process does: print its seconds and its peak memory."""
    random = stream(0, "bench/experts/search")
    words = [f"w{number}" for number in range(WORDS)]
    tokenizer = word_tokenizer(words)
    config = XGLMConfig(
        vocab_size=len(tokenizer), d_model=256, ffn_dim=1024, num_layers=8, attention_heads=8
    )
    model = XGLMForCausalLM(config).eval()
    chosen = random.integers(0, WORDS, size=(SENTENCES, 20))
    texts = tuple(" ".join(words[word] for word in row) for row in chosen)
    labels = (random.random((CONCEPTS, SENTENCES)) < 0.1).astype(np.int8)
    part = np.where(np.arange(SENTENCES) % 4 == 3, "test", "select")
    names = [f"c{number}" for number in range(CONCEPTS)]
    concepts = concept_set(names, {"en": ConceptPool("en", texts, labels, part)})
    start = perf_counter()
    if permutations is not None:
        find_experts(model, tokenizer, concepts, ExpertSettings(permutations=permutations))
    seconds = perf_counter() - start
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)  # KiB on Linux


if __name__ == "__main__":
    _search(None if sys.argv[1] == "None" else int(sys.argv[1]))
