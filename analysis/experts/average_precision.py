"""Average precision of every unit for every concept, exact, from one sort per unit.

1. The concepts are grouped by the sentences they use; there may be one group, all sentences, or as
   many as there are concepts.
2. Each unit's responses are sorted once, and per group that uses a part of the sentences these are
   sorted again. What is kept is every sentence's *place*: how many of them score strictly lower.
   `S - place` sentences score at least as high, ties included, which is the denominator of
   precision at that sentence.
3. A concept reads the places of its P positives and sorts those few, several concepts of as many
   positives together. The number of positives that score lower follows in the same way, and
   AP = mean over positives of (P - positives lower) / (S - place).

This is scikit-learn's `average_precision_score`: equal scores form one threshold, and recall rises
at a threshold by its number of positives over P. No comparison of floats other than `<` and `==`
takes part, so the result is exact up to the rounding of the mean, and -0.0 equals 0.0.

On a CPU another module does the same with NumPy (`analysis.experts.average_precision_cpu`), whose
sorts are many times faster there than torch's.

Shapes: U units, S sentences, C concepts, N concepts that are read together, P positives of each, K
any number.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from analysis.errors import UserError
from analysis.experts.average_precision_cpu import (
    Group,
    Indices,
    average_precision_cpu,
    nan_response,
)
from analysis.memory import no_memory_is_a_user_error

_DEVICE_MB = 2048
"""Working memory that keeps a device busy, in MiB."""

_BYTES_PER_RESPONSE = 48
"""Peak of what is held per (unit, sentence): values, order, sorted values, places, ties. What is
held of each positive that is read takes no more."""


def average_precision(
    responses_SU: Tensor,
    labels_CS: npt.NDArray[np.int8],
    *,
    memory_mb: int | None = None,
    device: torch.device | str | None = None,
) -> npt.NDArray[np.float64]:
    """AP of every unit's responses as scores for every concept, shape (C, U).

    Arguments and errors are those of `average_precision_parts`.
    """
    parts = average_precision_parts(responses_SU, labels_CS, memory_mb=memory_mb, device=device)
    whole: npt.NDArray[np.float64] = torch.cat([part.cpu() for part in parts], dim=1).numpy()
    return whole


def average_precision_parts(
    responses_SU: Tensor,
    labels_CS: npt.NDArray[np.int8],
    *,
    memory_mb: int | None = None,
    device: torch.device | str | None = None,
) -> Iterator[Tensor]:
    """AP (C, units of the part) of one part of the units after the other, on `device`.

    `labels_CS` is 1 for a concept's positives, 0 for its negatives and -1 for sentences that it
    doesn't use. The work is done on `device` (that of the responses when None), or on the CPU for a
    device without float64. A part's APs stay under `memory_mb` MiB; except on a CPU, together with
    all that is held meanwhile and under 2 GiB. The parts don't change the result.

    Raises `UserError` for a NaN response, a concept without a positive, and when the device's
    memory doesn't suffice.
    """
    concepts, (sentences, units) = len(labels_CS), responses_SU.shape
    assert labels_CS.shape[1] == sentences, (labels_CS.shape, responses_SU.shape)
    positives = (labels_CS == 1).sum(axis=1)
    if not positives.all():
        raise UserError(f"concept {int(positives.argmin())} has no positive sentence")
    device = responses_SU.device if device is None else torch.device(device)
    groups = list(_by_used_sentences(labels_CS))
    if device.type not in ("cpu", "mps"):  # "mps" has no float64
        room = min(memory_mb or _DEVICE_MB, _DEVICE_MB)
        with no_memory_is_a_user_error(
            "average precision was computed", where="experts.memory_mb", value=room
        ):
            yield from _parts_on_device(responses_SU, groups, concepts, room, device)
        return
    step = units if memory_mb is None else max(1, (memory_mb << 20) // (8 * concepts))
    for start in range(0, units, step):
        scores_SU = responses_SU[:, start : start + step].cpu().numpy()
        ap_CU = np.empty((concepts, scores_SU.shape[1]))
        average_precision_cpu(scores_SU, groups, ap_CU, torch.get_num_threads(), first=start)
        yield torch.from_numpy(ap_CU)


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


class _Reading(NamedTuple):
    """What is read of a group's places; indices on the device, where slices find them."""

    used: Tensor | None
    """Its sentences; None for all."""
    sentences: int
    together: list[tuple[Tensor, Tensor]]
    """Concepts (N,), and their positives (N, P) among these sentences."""


def _parts_on_device(
    responses_SU: Tensor,
    groups: Sequence[Group],
    concepts: int,
    memory_mb: int,
    device: torch.device,
) -> Iterator[Tensor]:
    sentences, units = responses_SU.shape
    step = max(1, (memory_mb << 20) // (_BYTES_PER_RESPONSE * sentences + 8 * concepts))
    readings = [_reading(group, sentences, device) for group in groups]
    for start in range(0, units, step):
        scores_US = responses_SU[:, start : start + step].to(device).T
        nan_U = torch.isnan(scores_US).any(dim=1)
        if bool(nan_U.any()):
            raise nan_response(start + int(nan_U.nonzero()[0]))
        yield _of_slice(scores_US, readings, concepts)


def _reading(group: Group, sentences: int, device: torch.device) -> _Reading:
    used, positives = group
    return _Reading(
        None if len(used) == sentences else torch.from_numpy(used).to(device),
        len(used),
        [
            (
                torch.tensor(some, device=device),
                torch.from_numpy(np.stack([positives[concept] for concept in some])).to(device),
            )
            for some in _read_together(positives, sentences)
        ],
    )


def _of_slice(scores_US: Tensor, readings: Sequence[_Reading], concepts: int) -> Tensor:
    """AP (C, U) of some units, on their device, without a wait for it."""
    ap_CU = torch.empty(concepts, len(scores_US), dtype=torch.float64, device=scores_US.device)
    for used, sentences, together in readings:
        place_US = _places((scores_US if used is None else scores_US[:, used]).contiguous())
        for concept_N, positive_NP in together:
            ap_CU[concept_N] = _read_off(place_US[:, positive_NP], sentences).T
    return ap_CU


def _read_together(positives: Mapping[int, Indices], most: int) -> Iterator[list[int]]:
    """Concepts with equal numbers of positives, of `most` positives in all or one by one."""
    alike: dict[int, list[int]] = {}
    for concept, positive in positives.items():
        alike.setdefault(len(positive), []).append(concept)
    for size, some in alike.items():
        number = max(1, most // size)
        for start in range(0, len(some), number):
            yield some[start : start + number]


def _read_off(places_UNP: Tensor, sentences: int) -> Tensor:
    """AP per unit and concept from the places of its positives among `sentences`."""
    places_UNP = places_UNP.sort(dim=-1).values
    hits_UNP = places_UNP.shape[-1] - _starts(places_UNP)
    return (hits_UNP.double() / (sentences - places_UNP)).mean(dim=-1)


def _places(scores_US: Tensor) -> Tensor:
    """How many scores of the row are strictly lower, for each score; int32."""
    sorted_US, order_US = scores_US.sort(dim=1)
    places_US = torch.empty_like(order_US, dtype=torch.int32)
    return places_US.scatter_(1, order_US, _starts(sorted_US))


def _starts(sorted_K: Tensor) -> Tensor:
    """Index, along the last dimension, at which each entry's run of equal entries starts."""
    index_K = torch.arange(sorted_K.shape[-1], dtype=torch.int32, device=sorted_K.device)
    starts_K = torch.zeros_like(sorted_K, dtype=torch.int32)
    starts_K[..., 1:] = (sorted_K[..., 1:] != sorted_K[..., :-1]) * index_K[1:]
    return starts_K.cummax(dim=-1).values


def _by_used_sentences(labels_CS: npt.NDArray[np.int8]) -> Iterator[Group]:
    """Concepts by the set of sentences that they use."""
    alike: dict[bytes, list[int]] = {}
    used_CS = labels_CS >= 0
    for concept, used_S in enumerate(used_CS):
        alike.setdefault(np.packbits(used_S).tobytes(), []).append(concept)
    for concepts in alike.values():
        used = np.flatnonzero(used_CS[concepts[0]])
        yield Group(
            used,
            {concept: np.flatnonzero(labels_CS[concept].take(used) == 1) for concept in concepts},
        )
