"""What units reach by chance: average precision under permuted labels, and false discoveries.

1. Labels of a concept are permuted among the sentences that it uses, anew in each permutation; all
   units are scored on the same permuted labels, which keeps the correlation between them.
2. A unit's p-value is the share of APs under permuted labels, pooled over units and permutations,
   that are as high: (1 + as high) / (1 + all). They may be pooled, for without ties the AP of every
   unit has the same distribution under permuted labels.
3. Benjamini-Hochberg over all units of the concept and language gives q-values and discoveries.
4. The highest AP of all units under each permutation is what the best unit is compared with.

Units come in parts that do not fit into the memory together, so APs are counted instead of kept:
in steps of 1 / 2^15, rounded down. Counts of parts add up to those of the whole, whatever the
parts, and p-values are exact for the AP so rounded: an AP under permuted labels that is lower by
less than a step counts as equally high.

With N permutations the pool holds N draws of what units have in common. Were all units copies of
one, false discoveries would be made in 1 / (N + 1) of the cases where nothing is to be discovered:
only from 19 on is that no more than the level. Below 20 a single unit above all chance isn't
discovered either, for its q-value is 1 / N; the p-value of the highest AP tells of it.

Source: Benjamini & Hochberg (1995); Phipson & Smyth, "Permutation p-values should never be zero"
(2010).

Shapes: C concepts, N permutations, S sentences, U units of one part, B steps of the AP.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from analysis.seeds import stream

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LEVEL = 0.05
"""q-value up to which a unit counts as discovered."""

STEPS = 1 << 15
"""Steps between AP 0 and AP 1; what the last ones hold is far above anything that chance gives."""

_ROUNDING = 1e-6
"""Part of a step by which equal APs may differ, computed in different ways."""


def permuted_labels(
    labels_CS: npt.NDArray[np.int8],
    names: Sequence[str],
    language: str,
    *,
    permutations: int,
    seed: int,
) -> npt.NDArray[np.int8]:
    """Labels (C * N, S), the permutations of a concept one after the other.

    Sentences that a concept does not use (-1) stay so.
    """
    permuted_CNS = np.repeat(labels_CS[:, None], permutations, axis=1)
    for name, labels_S, permuted_NS in zip(names, labels_CS, permuted_CNS, strict=True):
        used = np.flatnonzero(labels_S >= 0)
        for number, permuted_S in enumerate(permuted_NS):
            random = stream(seed, "experts/permutation", language, name, number)
            permuted_S[used] = labels_S[random.permutation(used)]
    return permuted_CNS.reshape(-1, labels_CS.shape[1])


class PermutedNull:
    """Counts of APs as they are and under permuted labels, of all parts of the units so far.

    Without permutations it knows nothing, and all that it tells is NaN.
    """

    def __init__(self, concepts: int, permutations: int) -> None:
        self.permutations = permutations
        self._found_CB = torch.zeros(concepts, STEPS + 1, dtype=torch.int64)
        self._null_CB = torch.zeros_like(self._found_CB)
        self._highest_C = torch.zeros(concepts, dtype=torch.float64)
        self._highest_CN = torch.zeros(concepts, permutations, dtype=torch.float64)

    def add(self, ap_CU: Tensor, null_CNU: Tensor) -> None:
        """Count the APs of some more units, float64, on the device that they are on."""
        device = ap_CU.device
        self._found_CB = self._found_CB.to(device) + _counted(ap_CU)
        self._null_CB = self._null_CB.to(device) + _counted(null_CNU.flatten(1))
        self._highest_C = self._highest_C.to(device).maximum(ap_CU.amax(dim=1))
        self._highest_CN = self._highest_CN.to(device).maximum(null_CNU.amax(dim=2))

    def p_values(self, ap_CK: Floats) -> Floats:
        """Of units of these APs, (C, K)."""
        return self._at(self._pooled(), ap_CK)

    def q_values(self, ap_CK: Floats) -> Floats:
        """Of units of these APs, (C, K): the rate of false discoveries among those as high."""
        return self._at(self._rates(), ap_CK)

    def discoveries(self) -> Floats:
        """Number of units whose q-value is at most `LEVEL`, (C,)."""
        number_C = np.where(self._rates() <= LEVEL, self._found_CB.cpu().numpy(), 0).sum(axis=1)
        return self._known(number_C.astype(np.float64))

    def highest(self) -> Floats:
        """The highest AP of all units under permuted labels, mean over permutations, (C,)."""
        sum_C = self._highest_CN.sum(dim=1).cpu().numpy()
        return self._known(sum_C / max(self.permutations, 1))

    def p_highest(self) -> Floats:
        """Share of permutations, and the labels as they are, whose highest AP is as high, (C,)."""
        as_high_CN = _step(self._highest_CN) >= _step(self._highest_C)[:, None]
        return self._known((1 + as_high_CN.sum(dim=1).cpu().numpy()) / (1 + self.permutations))

    def _pooled(self) -> Floats:
        """p-value at each step, (C, B)."""
        as_high_CB = _from(self._null_CB)
        return np.asarray((1 + as_high_CB) / (1 + as_high_CB[:, :1]))

    def _rates(self) -> Floats:
        """q-value at each step, (C, B): the least rate of false discoveries down from there."""
        found_CB = _from(self._found_CB)
        ratio_CB = self._pooled() * found_CB[:, :1] / np.maximum(found_CB, 1)
        return np.asarray(np.minimum.accumulate(ratio_CB, axis=1))

    def _at(self, value_CB: Floats, ap_CK: Floats) -> Floats:
        step_CK = _step(torch.tensor(ap_CK)).numpy()
        return self._known(np.take_along_axis(value_CB, step_CK, axis=1))

    def _known(self, values: Floats) -> Floats:
        return values if self.permutations else np.full_like(values, np.nan)


def _step(ap: Tensor) -> Tensor:
    """APs in whole steps, rounded down."""
    return (ap * STEPS + _ROUNDING).long()


def _counted(ap_CA: Tensor) -> Tensor:
    """How many of each concept's APs stand at each step, (C, B)."""
    # All concepts at once: counting waits for a device.
    first_C = torch.arange(len(ap_CA), device=ap_CA.device) * (STEPS + 1)
    place_CA = _step(ap_CA) + first_C[:, None]
    count = torch.bincount(place_CA.flatten(), minlength=len(ap_CA) * (STEPS + 1))
    return count.view(len(ap_CA), STEPS + 1)


def _from(count_CB: Tensor) -> Ints:
    """How many stand at a step or above it."""
    return np.asarray(count_CB.cpu().numpy()[:, ::-1].cumsum(axis=1)[:, ::-1])
