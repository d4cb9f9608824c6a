"""Average precision of every unit for every concept, exact, from one sort per unit.

1. The concepts are grouped by the sentences they use; most sets have one group, all sentences.
2. Per group each unit's responses are sorted once. What is kept is every sentence's *place*: how
   many sentences of the group score strictly lower. `S - place` sentences score at least as high,
   ties included, which is the denominator of precision at that sentence.
3. A concept reads the places of its P positives and sorts those few. The number of positives that
   score lower follows in the same way, and
   AP = mean over positives of (P - positives lower) / (S - place).

This is scikit-learn's `average_precision_score`: equal scores form one threshold, and recall rises
at a threshold by its number of positives over P. No comparison of floats other than `<` and `==`
takes part, so the result is exact up to the rounding of the mean, and -0.0 equals 0.0.

Shapes: U units, S sentences, C concepts, P positives of one concept.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from analysis.errors import UserError
from analysis.memory import no_memory_is_a_user_error

_CPU_MB = 64
_GPU_MB = 2048
"""Working memory, in MiB: what keeps a CPU inside its caches, and what keeps a GPU busy."""

_BYTES_PER_RESPONSE = 48
"""Peak of what is held per (unit, sentence): values, order, sorted values, places, ties."""


def average_precision(
    responses_SU: Tensor,
    labels_CS: npt.NDArray[np.int8],
    *,
    memory_mb: int | None = None,
    device: torch.device | str | None = None,
) -> npt.NDArray[np.float64]:
    """AP of every unit's responses as scores for every concept, shape (C, U).

    `labels_CS` is 1 for a concept's positives, 0 for its negatives and -1 for sentences that it
    doesn't use. The work is done on `device` (that of the responses when None), in slices of units
    whose working memory stays under `memory_mb` MiB and under what suits the device, 64 MiB on a
    CPU and 2 GiB on others. The slices don't change the result.

    Raises `UserError` for a NaN response, a concept without a positive, and when the device's
    memory doesn't suffice.
    """
    sentences, units = responses_SU.shape
    assert labels_CS.shape[1] == sentences, (labels_CS.shape, responses_SU.shape)
    positives = (labels_CS == 1).sum(axis=1)
    if not positives.all():
        raise UserError(f"concept {int(positives.argmin())} has no positive sentence")
    device = responses_SU.device if device is None else torch.device(device)
    suits = _CPU_MB if device.type == "cpu" else _GPU_MB
    memory_mb = min(memory_mb or suits, suits)
    result_CU = np.empty((len(labels_CS), units))
    step = max(1, (memory_mb << 20) // (_BYTES_PER_RESPONSE * sentences))
    with (
        ThreadPoolExecutor(torch.get_num_threads()) as pool,
        no_memory_is_a_user_error(
            "average precision was computed", where="experts.memory_mb", value=memory_mb
        ),
    ):
        groups = [
            _Group(
                _indices(used_S, device),
                {c: _indices(labels_CS[c, used_S] == 1, device) for c in concepts},
            )
            for used_S, concepts in _by_used_sentences(labels_CS)
        ]
        for start in range(0, units, step):
            part = slice(start, start + step)
            scores_US = responses_SU[:, part].to(device).T
            if bool(torch.isnan(scores_US).any()):
                unit = start + int(torch.isnan(scores_US).any(dim=1).nonzero()[0])
                raise UserError(f"unit {unit} has a NaN response")
            # Copied once for all concepts: each copy would wait for a GPU to finish.
            result_CU[:, part] = _of_slice(scores_US, groups, pool).cpu().numpy()
    return result_CU


def expected_average_precision(
    positives: npt.ArrayLike, sentences: npt.ArrayLike
) -> npt.NDArray[np.float64]:
    """Mean AP over all orders of `sentences` of which `positives` are positive: the chance level.

    With R positives of n it is (H_n + (R - 1) / (n - 1) (n - H_n)) / n, H_n the n-th harmonic
    number: a positive stands at rank k with chance R / n, and then expects
    1 + (k - 1) (R - 1) / (n - 1) positives down to k. It exceeds the share of positives R / n,
    which it approaches for large n. Source: Bestgen, "Exact Expected Average Precision of the
    Random Baseline for System Evaluation" (2015).
    """
    total = np.asarray(sentences, dtype=np.int64)
    found = np.asarray(positives, dtype=np.float64)
    harmonic = np.cumsum(1 / np.arange(1, int(total.max()) + 1))[total - 1]
    others = (found - 1) / np.maximum(total - 1, 1)
    chance: npt.NDArray[np.float64] = (harmonic + others * (total - harmonic)) / total
    return chance


class _Group(NamedTuple):
    """Concepts that use the same sentences."""

    used: Tensor
    """Indices of those sentences."""
    positives: dict[int, Tensor]
    """Concept -> indices of its positives among them."""


def _of_slice(scores_US: Tensor, groups: Sequence[_Group], pool: ThreadPoolExecutor) -> Tensor:
    """AP (C, U) of some units, on their device."""
    shape = sum(len(group.positives) for group in groups), len(scores_US)
    ap_CU = torch.empty(shape, dtype=torch.float64, device=scores_US.device)
    for used, positives in groups:
        full = len(used) == scores_US.shape[1]
        place_US = _places((scores_US if full else scores_US[:, used]).contiguous(), pool)
        for concept, positive in positives.items():
            ap_CU[concept] = _read_off(place_US.index_select(1, positive), len(used), pool)
    return ap_CU


def _read_off(places_UP: Tensor, sentences: int, pool: ThreadPoolExecutor) -> Tensor:
    """AP per unit from the places of the positives among `sentences`."""
    places_UP = _sorted(places_UP, pool)
    positives = places_UP.shape[1]
    hits_UP = positives - _starts(places_UP)
    return (hits_UP.double() / (sentences - places_UP)).mean(dim=1)


def _places(scores_US: Tensor, pool: ThreadPoolExecutor) -> Tensor:
    """How many scores of the row are strictly lower, for each score; int32."""
    order_US = _argsorted(scores_US, pool)
    starts_US = _starts(scores_US.gather(1, order_US)).expand_as(order_US)
    places_US = torch.empty_like(order_US, dtype=torch.int32)
    return places_US.scatter_(1, order_US, starts_US)


def _starts(sorted_UK: Tensor) -> Tensor:
    """Index at which each entry's run of equal entries starts; on a CPU (K,) when all differ."""
    index_K = torch.arange(sorted_UK.shape[1], dtype=torch.int32, device=sorted_UK.device)
    new_UK = sorted_UK[:, 1:] != sorted_UK[:, :-1]
    if new_UK.device.type == "cpu" and bool(new_UK.all()):  # elsewhere the question costs a wait
        return index_K
    starts_UK = torch.zeros_like(sorted_UK, dtype=torch.int32)
    starts_UK[:, 1:] = new_UK * index_K[1:]
    return starts_UK.cummax(dim=1).values


def _argsorted(x_UK: Tensor, pool: ThreadPoolExecutor) -> Tensor:
    """Indices that sort each row. On a CPU by NumPy, whose vectorised sort is the fastest there."""
    if x_UK.device.type != "cpu":
        return x_UK.argsort(dim=1)
    order_UK = torch.empty_like(x_UK, dtype=torch.int64)

    def sort_rows(rows: slice) -> None:
        order_UK[rows].numpy()[:] = x_UK[rows].numpy().argsort(axis=1)

    _in_threads(sort_rows, len(x_UK), pool)
    return order_UK


def _sorted(x_UK: Tensor, pool: ThreadPoolExecutor) -> Tensor:
    """Each row sorted; on a CPU in place, by NumPy."""
    if x_UK.device.type != "cpu":
        return x_UK.sort(dim=1).values
    _in_threads(lambda rows: x_UK[rows].numpy().sort(axis=1), len(x_UK), pool)
    return x_UK


def _in_threads(work: Callable[[slice], None], rows: int, pool: ThreadPoolExecutor) -> None:
    """Call `work` on slices of the rows, as many at a time as torch has threads.

    NumPy lets go of the interpreter's lock while it sorts.
    """
    threads = torch.get_num_threads()
    step = -(-rows // threads)
    slices = [slice(start, start + step) for start in range(0, rows, step)]
    if len(slices) == 1:
        work(slices[0])
        return
    list(pool.map(work, slices))


def _by_used_sentences(
    labels_CS: npt.NDArray[np.int8],
) -> Iterator[tuple[npt.NDArray[np.bool_], list[int]]]:
    """The distinct sets of sentences that concepts use, each with the concepts that use it."""
    groups: dict[bytes, list[int]] = {}
    used_CS = labels_CS >= 0
    for concept, used_S in enumerate(used_CS):
        groups.setdefault(np.packbits(used_S).tobytes(), []).append(concept)
    for concepts in groups.values():
        yield used_CS[concepts[0]], concepts


def _indices(mask: npt.NDArray[np.bool_], device: torch.device) -> Tensor:
    return torch.from_numpy(np.flatnonzero(mask)).to(device)
