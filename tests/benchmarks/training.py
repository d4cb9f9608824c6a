"""A training step of ours against transformers' XGLM, in time and in memory.

Both get the same tokens, precision, clipping and fused AdamW. transformers has eager attention
alone, and its own loss on whole logits.

Shapes: B sequences, T positions.
"""

import multiprocessing
import re
import resource
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch.optim import AdamW
from transformers import XGLMForCausalLM

from analysis.errors import UserError
from analysis.memory import no_memory_is_a_user_error
from analysis.seeds import torch_stream
from tests.benchmarks.measure import compare
from train.loss import chunked_cross_entropy
from train.model import XGLM
from train.settings import Shape

Case = tuple[Shape, int, int, torch.dtype]
"""Shape, B, T, precision of the products."""


def _study(layers: int) -> Shape:
    return Shape(num_layers=layers, dropout=0.0, attention_dropout=0.0)


MINI = Shape(16_000, 256, 1024, 8, 8, 256, dropout=0.0, attention_dropout=0.0)

TIMED: dict[str, Case] = {
    "10M (configs/xglm_mini.yaml), 4 x 256 tokens": (MINI, 4, 256, torch.float32),
    "the same in bf16": (MINI, 4, 256, torch.bfloat16),
    "257M's width and vocabulary, 2 layers, 2 x 128 tokens": (_study(2), 2, 128, torch.float32),
}
WEIGHED: dict[str, Case] = {
    "257M's width and vocabulary, 2 layers, 1 x 1,024 tokens": (_study(2), 1, 1024, torch.float32),
    "257M, 24 layers, 1 x 512 tokens": (_study(24), 1, 512, torch.float32),
    "the same, 1 x 1,024": (_study(24), 1, 1024, torch.float32),
    "the same, 1 x 2,048, a block": (_study(24), 1, 2048, torch.float32),
    "257M, 24 layers, 1 x 2,048 tokens (a block)": (_study(24), 1, 2048, torch.float32),
}


def rows() -> list[tuple[str, str, str, str]]:
    """What was measured, ours, theirs, ratio."""
    found = []
    for name, case in TIMED.items():
        tokens = case[1] * case[2]
        first, second = (tokens / t for t in compare(ours(*case), theirs(*case), turns=3))
        found.append(
            (f"training step, {name}", f"{first:,.0f} tokens/s", f"{second:,.0f} tokens/s",
             f"{first / second:.2f}x")
        )  # fmt: skip
    for name, case in WEIGHED.items():
        (first, _), (second, enough) = (
            peak_memory(partial(make, *case)) for make in (ours, theirs)
        )
        more, less = ("", "") if enough else ("more than ", "less than ")
        found.append(
            (f"peak memory of training, {name}", f"{first / 1e9:.2f} GB",
             f"{more}{second / 1e9:.2f} GB", f"{less}{first / second:.2f} of it")
        )  # fmt: skip
    return found


def ours(shape: Shape, batch: int, length: int, precision: torch.dtype) -> Callable[[], None]:
    """A step of ours, its model made."""
    model = XGLM(shape.config())
    model.initialise(torch_stream(0, "bench/weights"))

    def loss(tokens_BT: torch.Tensor) -> torch.Tensor:
        hidden = model(tokens_BT)[:, :-1].flatten(0, 1)
        return chunked_cross_entropy(hidden, model.lm_head.weight, tokens_BT[:, 1:].flatten())

    return _step(model, loss, _tokens(shape, batch, length), precision)


def theirs(shape: Shape, batch: int, length: int, precision: torch.dtype) -> Callable[[], None]:
    """A step of transformers', its model made."""
    model = XGLMForCausalLM(shape.config()).train()

    def loss(tokens_BT: torch.Tensor) -> torch.Tensor:
        value: torch.Tensor = model(tokens_BT, labels=tokens_BT, use_cache=False).loss
        return value

    return _step(model, loss, _tokens(shape, batch, length), precision)


def _tokens(shape: Shape, batch: int, length: int) -> torch.Tensor:
    generator = torch_stream(0, "bench/tokens")
    return torch.randint(4, shape.vocab_size, (batch, length), generator=generator)


def _step(
    model: torch.nn.Module,
    loss: Callable[[torch.Tensor], torch.Tensor],
    tokens_BT: torch.Tensor,
    precision: torch.dtype,
) -> Callable[[], None]:
    optimizer = AdamW(model.parameters(), lr=1e-4, fused=True)

    def step() -> None:
        with torch.autocast("cpu", precision, enabled=precision != torch.float32):
            value = loss(tokens_BT)
        value.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()

    return step


def peak_memory(make: Callable[[], Callable[[], None]]) -> tuple[int, bool]:
    """Bytes that model, optimiser and two steps take at the most, in a process of their own.

    With False where four fifths of the memory that is free did not suffice: so much at least.
    """
    free = int(re.findall(r"MemAvailable: *(\d+) kB", Path("/proc/meminfo").read_text())[0])
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_peak, (make, torch.get_num_threads(), free * 1024 * 4 // 5))


def _peak(make: Callable[[], Callable[[], None]], threads: int, allowed: int) -> tuple[int, bool]:
    torch.set_num_threads(threads)
    # An allocation then fails here; otherwise the kernel would end some process of the machine.
    resource.setrlimit(resource.RLIMIT_DATA, (allowed, allowed))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    enough = True
    try:
        with no_memory_is_a_user_error("measuring", where="peak"):
            step: Any = make()
            step()  # the optimiser's moments exist from the first step on
            step()
    except UserError:
        enough = False
    return 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before), enough
