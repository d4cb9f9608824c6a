"""One training step (forward, loss, backward) of ours against transformers' XGLM."""

import torch
from transformers import XGLMConfig, XGLMForCausalLM

from analysis.seeds import torch_stream
from tests.benchmarks.measure import compare
from train.loss import chunked_cross_entropy
from train.model import XGLM
from train.settings import Shape

SHAPES = {
    "10M (configs/xglm_mini.yaml)": (
        Shape(16_000, 256, 1024, 8, 8, 256, dropout=0.0, attention_dropout=0.0), 4, 256,
    ),
    "257M's width and vocabulary, 2 layers": (
        Shape(256_008, 512, 4096, 2, 16, 256, dropout=0.0, attention_dropout=0.0), 2, 128,
    ),
}  # fmt: skip


def rows() -> list[tuple[str, str, str, str]]:
    """What was measured, ours, theirs, ratio."""
    found = []
    for name, (shape, batch, length) in SHAPES.items():
        config: XGLMConfig = shape.config()
        ours, theirs = XGLM(config), XGLMForCausalLM(config)
        ours.initialise(torch_stream(0, "bench/weights"))
        tokens = torch.randint(4, shape.vocab_size, (batch, length))

        def step_ours(ours: XGLM = ours, tokens: torch.Tensor = tokens) -> None:
            hidden = ours(tokens)[:, :-1].flatten(0, 1)
            chunked_cross_entropy(hidden, ours.lm_head.weight, tokens[:, 1:].flatten()).backward()

        def step_theirs(theirs: XGLMForCausalLM = theirs, tokens: torch.Tensor = tokens) -> None:
            theirs(tokens, labels=tokens).loss.backward()

        first, second = (batch * length / t for t in compare(step_ours, step_theirs, turns=3))
        found.append(
            (f"training step, {name}", f"{first:,.0f} tokens/s", f"{second:,.0f} tokens/s",
             f"{first / second:.2f}x")
        )  # fmt: skip
    return found
