"""Forcing: units held at chosen values in every forward, for each row of a batch its own.

A unit is an output of a linear layer inside a transformer block, before what the model makes of it
(an activation function, attention, the sum onto the residual stream), as in
`analysis.activations.units`. It is set at every position, so also in the keys and values that a
cache keeps. Weights are never touched.

Shapes: B rows of a batch, T positions, W outputs of one layer, K units of one forcing, N units of
one layer over all rows.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from torch import Tensor, nn
from transformers import PreTrainedModel


@dataclass(frozen=True, eq=False)
class Forcing:
    """Units, each once, and the value that each is held at."""

    modules: npt.NDArray[np.object_]
    """(K,): the linear layer of each, in `model.named_modules()`."""

    units: npt.NDArray[np.int64]
    """(K,): which output of that layer, from 0."""

    values: npt.NDArray[np.float64]
    """(K,): what it is held at."""

    def __post_init__(self) -> None:
        assert self.modules.shape == self.units.shape == self.values.shape, self.values.shape
        assert np.isfinite(self.values).all(), "a value is not finite"


@contextmanager
def forced(model: PreTrainedModel, forcings: Sequence[Forcing | None]) -> Iterator[None]:
    """Hold the units of `forcings[b]` in row b of every forward inside; None holds none.

    Every forward inside has `len(forcings)` rows. One assignment per layer serves all of them. The
    hooks are gone afterwards, error or not.
    """
    handles = []
    try:
        for name, rows_N, units_N, values_N in _by_module(forcings):
            module = model.get_submodule(name)
            weight = module.get_parameter("weight")
            hook = _hook(
                len(forcings),
                torch.tensor(rows_N, device=weight.device),
                torch.tensor(units_N, device=weight.device),
                torch.tensor(values_N[:, None], dtype=weight.dtype, device=weight.device),
            )
            handles.append(module.register_forward_hook(hook))
        yield
    finally:
        for handle in handles:
            handle.remove()


def _by_module(
    forcings: Sequence[Forcing | None],
) -> Iterator[tuple[str, npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]]]:
    """Per layer the rows, units and values of all forcings, (N,) each.

    A forcing that several rows have is sorted by layers once.
    """
    rows_of: dict[Forcing, list[int]] = {}
    for row, forcing in enumerate(forcings):
        if forcing is not None:
            rows_of.setdefault(forcing, []).append(row)
    if not rows_of:
        return
    table = pd.DataFrame(
        {
            "module": np.concatenate([forcing.modules for forcing in rows_of]),
            "forcing": np.repeat(range(len(rows_of)), [len(each.units) for each in rows_of]),
            "unit": np.concatenate([forcing.units for forcing in rows_of]),
            "value": np.concatenate([forcing.values for forcing in rows_of]),
        }
    )
    assert not table.duplicated(["module", "forcing", "unit"]).any(), "a unit stands twice"
    rows = [np.array(own) for own in rows_of.values()]
    for name, part in table.groupby("module", sort=False):
        copies = [rows[number] for number in part["forcing"]]
        times = list(map(len, copies))
        units, values = (part[column].to_numpy().repeat(times) for column in ("unit", "value"))
        yield str(name), np.concatenate(copies), units, values


def _hook(
    rows: int, rows_N: Tensor, units_N: Tensor, values_N1: Tensor
) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], Tensor]:
    def hold(_module: nn.Module, _args: tuple[Tensor, ...], output: Tensor) -> Tensor:
        # (B, T, W), or (B T, W) in families that flatten what enters the MLP.
        assert output.ndim == 2 or len(output) == rows, (output.shape, rows)
        output_BTW = output.reshape(rows, -1, output.shape[-1])
        # What a linear layer returns is its own, and autograd does not need it: set in place.
        output_BTW[rows_N, :, units_N] = values_N1
        return output_BTW.reshape(output.shape)

    return hold
