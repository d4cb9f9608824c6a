"""Cut cross-entropy: Apple's Triton kernels, which never write the logits to memory at all.

Wijmans et al., ICLR 2025 (arXiv 2411.09009). An option for GPUs; the package is not among this
project's dependencies. Of its variants this is the one made for pretraining, `cce_kahan_full_c`:
sums in fp32, no gradient of the vocabulary left out for being small.

Shapes: N rows (tokens), D model width, V vocabulary.
"""

import importlib

import torch
from torch import Tensor

from analysis.errors import UserError
from train.loss import IGNORED

VARIANT = "cce_kahan_full_c"


def cut_cross_entropy(hidden_ND: Tensor, weight_VD: Tensor, targets_N: Tensor) -> Tensor:
    """Mean cross-entropy in nats, as `chunked_cross_entropy`; needs what `check_cut` asks for.

    The products have the precision of autocast, or that of the weights.
    """
    package = importlib.import_module("cut_cross_entropy")
    loss: Tensor = package.linear_cross_entropy(
        hidden_ND, weight_VD, targets_N, ignore_index=IGNORED, impl=VARIANT
    )
    return loss


def check_cut(device: torch.device) -> None:
    """Raises `UserError` where cut cross-entropy cannot run: no GPU, no package, an old one."""
    instead = "set model.loss to chunked"
    if device.type != "cuda":
        raise UserError(
            f"cut needs a GPU, and this run is on {device.type}", where="model.loss", fix=instead
        )
    try:
        known = importlib.import_module("cut_cross_entropy").LinearCrossEntropyImpl
    except (ImportError, AttributeError):
        known = ()
    if VARIANT.upper() not in (entry.name for entry in known):
        raise UserError(
            f"cut needs the package cut-cross-entropy with its variant {VARIANT}",
            where="model.loss",
            fix="pip install git+https://github.com/apple/ml-cross-entropy, or " + instead,
        )
