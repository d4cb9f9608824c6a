"""Average precision of every unit for every concept, exact, from one sort per unit.

1. The concepts are grouped by the sentences they use; there may be one group, all sentences, or as
   many as there are concepts.
2. Each unit's responses are sorted once, and per group that uses a part of the sentences these are
   sorted again. What is kept is every sentence's *place*: how many of them score strictly lower.
   `S - place` sentences score at least as high, ties included, which is the denominator of
   precision at that sentence.
3. A concept reads the places of its P positives and sorts those few. The number of positives that
   score lower follows in the same way, and
   AP = mean over positives of (P - positives lower) / (S - place).

This is scikit-learn's `average_precision_score`: equal scores form one threshold, and recall rises
at a threshold by its number of positives over P. No comparison of floats other than `<` and `==`
takes part, so the result is exact up to the rounding of the mean, and -0.0 equals 0.0.

On a CPU another module does the same with NumPy (`analysis.experts.average_precision_cpu`), whose
sorts are many times faster there than torch's.

Shapes: U units, S sentences, C concepts, P positives of one concept.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from analysis.errors import UserError
from analysis.experts.average_precision_cpu import Group, average_precision_cpu, nan_response
from analysis.memory import no_memory_is_a_user_error

_DEVICE_MB = 2048
"""Working memory that keeps a device busy, in MiB."""

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
    doesn't use. The work is done on `device` (that of the responses when None); except on a CPU, in
    slices of units whose working memory stays under `memory_mb` MiB and under 2 GiB. The slices
    don't change the result.

    Raises `UserError` for a NaN response, a concept without a positive, and when the device's
    memory doesn't suffice.
    """
    sentences, units = responses_SU.shape
    assert labels_CS.shape[1] == sentences, (labels_CS.shape, responses_SU.shape)
    positives = (labels_CS == 1).sum(axis=1)
    if not positives.all():
        raise UserError(f"concept {int(positives.argmin())} has no positive sentence")
    device = responses_SU.device if device is None else torch.device(device)
    result_CU = np.empty((len(labels_CS), units))
    groups = list(_by_used_sentences(labels_CS))
    if device.type == "cpu":
        average_precision_cpu(
            responses_SU.cpu().numpy(), groups, result_CU, torch.get_num_threads()
        )
        return result_CU
    room = min(memory_mb or _DEVICE_MB, _DEVICE_MB)
    with no_memory_is_a_user_error(
        "average precision was computed", where="experts.memory_mb", value=room
    ):
        _average_precision_device(responses_SU, groups, result_CU, room, device)
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


def _average_precision_device(
    responses_SU: Tensor,
    groups: Sequence[Group],
    out_CU: npt.NDArray[np.float64],
    memory_mb: int,
    device: torch.device,
) -> None:
    """Write the AP of each concept and unit to `out_CU`, slice by slice."""
    sentences, units = responses_SU.shape
    step = max(1, (memory_mb << 20) // (_BYTES_PER_RESPONSE * sentences))
    for start in range(0, units, step):
        part = slice(start, start + step)
        scores_US = responses_SU[:, part].to(device).T
        nan_U = torch.isnan(scores_US).any(dim=1)
        if bool(nan_U.any()):
            raise nan_response(start + int(nan_U.nonzero()[0]))
        # Copied once for all concepts: each copy would wait for the device to finish.
        out_CU[:, part] = _of_slice(scores_US, groups).cpu().numpy()


def _of_slice(scores_US: Tensor, groups: Sequence[Group]) -> Tensor:
    """AP (C, U) of some units, on their device."""
    shape = sum(len(group.positives) for group in groups), len(scores_US)
    device = scores_US.device
    ap_CU = torch.empty(shape, dtype=torch.float64, device=device)
    for used, positives in groups:
        full = len(used) == scores_US.shape[1]
        chosen_US = scores_US if full else scores_US[:, torch.from_numpy(used).to(device)]
        place_US = _places(chosen_US.contiguous())
        for concept, positive in positives.items():
            own_UP = place_US.index_select(1, torch.from_numpy(positive).to(device))
            ap_CU[concept] = _read_off(own_UP, len(used))
    return ap_CU


def _read_off(places_UP: Tensor, sentences: int) -> Tensor:
    """AP per unit from the places of the positives among `sentences`."""
    places_UP = places_UP.sort(dim=1).values
    hits_UP = places_UP.shape[1] - _starts(places_UP)
    return (hits_UP.double() / (sentences - places_UP)).mean(dim=1)


def _places(scores_US: Tensor) -> Tensor:
    """How many scores of the row are strictly lower, for each score; int32."""
    sorted_US, order_US = scores_US.sort(dim=1)
    places_US = torch.empty_like(order_US, dtype=torch.int32)
    return places_US.scatter_(1, order_US, _starts(sorted_US))


def _starts(sorted_UK: Tensor) -> Tensor:
    """Index at which each entry's run of equal entries starts."""
    index_K = torch.arange(sorted_UK.shape[1], dtype=torch.int32, device=sorted_UK.device)
    starts_UK = torch.zeros_like(sorted_UK, dtype=torch.int32)
    starts_UK[:, 1:] = (sorted_UK[:, 1:] != sorted_UK[:, :-1]) * index_K[1:]
    return starts_UK.cummax(dim=1).values


def _by_used_sentences(labels_CS: npt.NDArray[np.int8]) -> Iterator[Group]:
    """Concepts by the set of sentences that they use."""
    alike: dict[bytes, list[int]] = {}
    used_CS = labels_CS >= 0
    for concept, used_S in enumerate(used_CS):
        alike.setdefault(np.packbits(used_S).tobytes(), []).append(concept)
    for concepts in alike.values():
        used_S = used_CS[concepts[0]]
        yield Group(
            np.flatnonzero(used_S),
            {concept: np.flatnonzero(labels_CS[concept, used_S] == 1) for concept in concepts},
        )
