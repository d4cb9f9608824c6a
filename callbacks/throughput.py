"""How fast a model trains, in tokens per second and as a share of what the hardware could do."""

import re

import torch
from transformers import PreTrainedConfig

PEAKS = {"H200": 989e12, "H100 PCIe": 756e12, "H100": 989e12, "A100": 312e12}
"""Dense bf16 peak of an accelerator in FLOP/s, by a part of its name; the first that fits counts.

From the makers' data sheets, without sparsity.
"""


def training_flops_per_token(config: PreTrainedConfig, length: int) -> float:
    """Floating-point operations that one token costs in training, forward and backward.

    Six for each weight that it is multiplied with (the head included, the embedding table not: it
    is looked up), and those of causal attention, which meets (length + 1) / 2 positions on average.
    After Chowdhery et al. 2022 (PaLM), appendix B, with the causal half not counted.
    """
    width, inner, layers = int(config.d_model), int(config.ffn_dim), int(config.num_layers)
    weights = layers * (4 * width**2 + 2 * width * inner) + int(config.vocab_size) * width
    scores_and_mixing = layers * 2 * 2 * width * (length + 1) / 2
    return 6.0 * weights + 3.0 * scores_and_mixing


def peak_flops(device: torch.device) -> float | None:
    """Peak of a device, or None when it is not in the table."""
    if device.type != "cuda":
        return None
    name = torch.cuda.get_device_name(device)
    return next((peak for part, peak in PEAKS.items() if re.search(rf"\b{part}\b", name)), None)
