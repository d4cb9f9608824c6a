"""Texts under a forcing: ours, side by side, against transformers' `generate` for each seed."""

from typing import Any, cast

import numpy as np
import torch
from transformers import XGLMConfig, XGLMForCausalLM

from analysis.activations.units import find_units
from analysis.seeds import stream
from analysis.steering.forcing import Forcing, forced
from analysis.steering.generate import Job, generate
from tests.analysis.tiny import SPECIALS, word_tokenizer
from tests.benchmarks.measure import compare

SEEDS, TOKENS, VOCABULARY, UNITS = 100, 64, 16_000, 500
SAMPLE = 2
"""Seeds that `generate` is timed on; its time is proportional to their number."""


def rows() -> list[tuple[str, str, str, str]]:
    """What was measured, ours, theirs, ratio; and how many texts another batch size changes."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model: Any = XGLMForCausalLM(
            XGLMConfig(
                vocab_size=VOCABULARY, d_model=256, ffn_dim=1024, num_layers=8, attention_heads=8,
                max_position_embeddings=256,
            )
        )  # fmt: skip
    model.eval()
    tokenizer = word_tokenizer([f"w{number}" for number in range(VOCABULARY - len(SPECIALS))])
    forcing = _forcing(model)
    jobs = [Job(forcing, seed) for seed in range(SEEDS)]

    def ours(batch_texts: int = SEEDS) -> list[tuple[int, ...]]:
        found = generate(model, tokenizer, jobs, max_new_tokens=TOKENS, batch_texts=batch_texts)
        return [text.ids for text in found]

    def theirs() -> None:
        for seed in range(SAMPLE):
            torch.manual_seed(seed)
            with torch.no_grad(), forced(model, [forcing]):
                cast(Any, model).generate(
                    torch.tensor([[2]]), do_sample=True, max_new_tokens=TOKENS,
                    min_new_tokens=TOKENS, pad_token_id=1,
                )  # fmt: skip

    first, second = compare(ours, theirs, turns=3)
    mine, others = SEEDS / first, SAMPLE / second
    changed = sum(a != b for a, b in zip(ours(), ours(16), strict=True))
    return [
        (f"texts of {TOKENS} tokens under {UNITS} forced units, 10M model, {SEEDS} seeds",
         f"{mine:.1f} texts/s", f"{others:.2f} texts/s", f"{mine / others:.0f}x"),
        (f"texts that come out otherwise in batches of 16 instead of {SEEDS}",
         f"{changed} of {SEEDS}", "", ""),
    ]  # fmt: skip


def _forcing(model: XGLMForCausalLM) -> Forcing:
    """Units drawn from all of the model's."""
    groups = find_units(model)
    widths = [group.width for group in groups]
    random = stream(0, "bench/steering")
    places = random.choice(sum(widths), UNITS, replace=False)
    modules = np.repeat(np.array([group.module for group in groups], dtype=object), widths)
    units = np.concatenate([np.arange(width) for width in widths])
    return Forcing(modules[places], units[places], random.normal(size=UNITS))
