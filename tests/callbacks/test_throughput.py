from typing import Any

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode
from transformers import XGLMConfig, XGLMForCausalLM

from callbacks.throughput import peak_flops, training_flops_per_token


def small(**changes: int) -> XGLMConfig:
    sizes: dict[str, Any] = {
        "vocab_size": 5,
        "d_model": 2,
        "ffn_dim": 3,
        "num_layers": 1,
        "attention_heads": 1,
    }
    return XGLMConfig(**(sizes | changes))


def test_flops_of_a_small_model_by_hand() -> None:
    # q, k, v, out: 4 x 4 weights; fc1, fc2: 2 x 6; head: 10. Six operations each: 6 x 38 = 228.
    # Scores and mixing: 2 x 2 x 2 operations a position, 2.5 positions, three times: 60.
    assert training_flops_per_token(small(), 4) == 288
    # A second layer adds its 28 weights and its attention.
    assert training_flops_per_token(small(num_layers=2), 4) == 288 + 6 * 28 + 60


def test_flops_are_those_that_torch_counts() -> None:
    config = small(vocab_size=50, d_model=16, ffn_dim=24, num_layers=3, attention_heads=2)
    model = XGLMForCausalLM._from_config(config, attn_implementation="eager")
    tokens = torch.tensor([[3]])  # one position: causal attention sees all there is
    with FlopCounterMode(display=False) as counter:
        model(tokens, labels=tokens).logits.sum().backward()
    assert counter.get_total_flops() == training_flops_per_token(config, 1)


def test_flops_of_the_studys_model() -> None:
    config = small(vocab_size=256_008, d_model=512, ffn_dim=4096, num_layers=24)
    matrices = 24 * (4 * 512 * 512 + 2 * 512 * 4096) + 256_008 * 512
    assert 6 * matrices == pytest.approx(1.5414e9, rel=1e-4)
    attention = training_flops_per_token(config, 2048) - 6 * matrices
    assert attention == 3 * 24 * 4 * 512 * 1024.5
    longer = training_flops_per_token(config, 4096) - training_flops_per_token(config, 2048)
    assert longer == 3 * 24 * 4 * 512 * 1024


@pytest.mark.parametrize(
    ("name", "peak"),
    [
        ("NVIDIA H200", 989e12),
        ("NVIDIA H100 80GB HBM3", 989e12),
        ("NVIDIA H100 PCIe", 756e12),
        ("NVIDIA A100-SXM4-80GB", 312e12),
        ("NVIDIA A100-PCIE-40GB", 312e12),
        ("NVIDIA L4", None),
        ("NVIDIA RTX A1000", None),
    ],
)
def test_peaks_by_device_name(
    monkeypatch: pytest.MonkeyPatch, name: str, peak: float | None
) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: name)
    assert peak_flops(torch.device("cuda", 0)) == peak
    assert peak_flops(torch.device("cpu")) is None
