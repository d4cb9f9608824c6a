"""Average precision on a CPU: small blocks of units that stay in the caches, in several threads.

A unit's *place* of a sentence is how many sentences score strictly lower. All sentences of a pool
are placed by one sort per unit: of 64-bit integers, for which NumPy has a vectorised sort, with the
score in the upper half (its bits, which order as the numbers do once those of negative ones are
flipped) and the sentence in the lower. Everything else is read off the places:

* Concepts that use the same sentences share places among these; each sorts its positives' places.
* A concept that uses sentences of its own sorts their places, with a bit that marks the positives.

Shapes: R units of a block, S sentences, K sentences of a group, P positives of one concept.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from analysis.errors import UserError

BLOCK = 32
"""Units of a block: 4,000 sentences of them take half a MiB. Chosen by measurement, as the next."""

AT_ONCE = 4_000
"""Positives, of one or more concepts, that are read together: a MiB."""

SHARED = 3
"""Concepts from which on a group's sentences get places of their own."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Indices = npt.NDArray[np.int64]


def nan_response(unit: int) -> UserError:
    """The error for a response that no order can place."""
    return UserError(f"unit {unit} has a NaN response")


class Group(NamedTuple):
    """Concepts that use the same sentences."""

    used: Indices
    """Those sentences."""
    positives: Mapping[int, Indices]
    """Concept -> indices of its positives among them."""


def average_precision_cpu(
    scores_SU: npt.NDArray[np.float32],
    groups: Sequence[Group],
    out_CU: Floats,
    threads: int,
    *,
    first: int = 0,
) -> None:
    """Write the AP of each concept and unit to `out_CU`.

    Raises `UserError` for a NaN, naming the unit; `first` is the number of the first one.
    """
    starts = range(0, scores_SU.shape[1], BLOCK)

    def block(start: int) -> None:
        part = slice(start, start + BLOCK)
        scores_RS = np.ascontiguousarray(scores_SU[:, part].T, dtype=np.float32)
        if np.isnan(scores_RS).any():
            raise nan_response(first + start + int(np.isnan(scores_RS).any(axis=1).argmax()))
        _of_block(scores_RS, groups, out_CU[:, part])

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(block, starts))


def _of_block(scores_RS: npt.NDArray[np.float32], groups: Sequence[Group], out_CR: Floats) -> None:
    place_RS: Ints | None = None
    for group in groups:
        if len(group.used) == scores_RS.shape[1]:
            place_RS = _places(_ordered(scores_RS)) if place_RS is None else place_RS
            _read_shared(place_RS, group, out_CR)
            continue
        if len(groups) == 1:
            _read_shared(_places(_ordered(scores_RS[:, group.used])), group, out_CR)
            continue
        place_RS = _places(_ordered(scores_RS)) if place_RS is None else place_RS
        place_RK = np.take(place_RS, group.used, axis=1)
        if len(group.positives) >= SHARED:
            _read_shared(_places(place_RK), group, out_CR)
        else:
            for concept, positive in group.positives.items():
                out_CR[concept] = _read_own(place_RK, positive)


def _ordered(scores: npt.NDArray[np.float32]) -> Ints:
    """32-bit integers in the order of the numbers, equal where these are; -0 equals 0."""
    bits = (scores + np.float32(0)).view(np.int32)
    return np.asarray(bits ^ ((bits >> 31) & np.int32(0x7FFFFFFF)))


def _places(values_RK: Ints) -> Ints:
    """How many values of the row are strictly lower, for each value."""
    packed = values_RK.astype(np.int64)
    packed <<= 32
    packed |= np.arange(values_RK.shape[1])
    packed.sort(axis=1)
    order = packed & 0xFFFFFFFF
    packed >>= 32
    place_RK = np.empty(values_RK.shape, np.int32)
    np.put_along_axis(place_RK, order, _starts(packed), axis=1)
    return place_RK


def _starts(sorted_RK: npt.NDArray[np.integer]) -> Ints:
    """Index at which each entry's run of equal entries starts."""
    index_K = np.arange(sorted_RK.shape[1], dtype=np.int32)
    new_RK = sorted_RK[:, 1:] != sorted_RK[:, :-1]
    if new_RK.all():
        return np.broadcast_to(index_K, sorted_RK.shape)
    start_RK = np.zeros(sorted_RK.shape, np.int32)
    np.multiply(new_RK, index_K[1:], out=start_RK[:, 1:])
    return np.asarray(np.maximum.accumulate(start_RK, axis=1))


def _read_shared(place_RK: Ints, group: Group, out_CR: Floats) -> None:
    """AP of all concepts of a group from the places among its sentences."""
    batch: list[int] = []
    width = 0
    for concept, positive in group.positives.items():
        batch.append(concept)
        width += len(positive)
        if width >= AT_ONCE:
            _read_batch(place_RK, {each: group.positives[each] for each in batch}, out_CR)
            batch, width = [], 0
    if batch:
        _read_batch(place_RK, {each: group.positives[each] for each in batch}, out_CR)


def _read_batch(place_RK: Ints, positives: Mapping[int, Indices], out_CR: Floats) -> None:
    """AP of some concepts, whose positives stand side by side for all steps but the sorts."""
    own_RP = np.take(place_RK, np.concatenate(list(positives.values())), axis=1)
    hits_RP = np.empty(own_RP.shape)
    spans = []
    start = 0
    for positive in positives.values():
        spans.append(slice(start, start + len(positive)))
        start += len(positive)
    for span in spans:
        own_RP[:, span].sort(axis=1)
        np.subtract(span.stop - span.start, _starts(own_RP[:, span]), out=hits_RP[:, span])
    hits_RP /= place_RK.shape[1] - own_RP
    for concept, span in zip(positives, spans, strict=True):
        out_CR[concept] = hits_RP[:, span].mean(axis=1)


def _read_own(place_RK: Ints, positive: Indices) -> Floats:
    """AP of one concept from the places of the sentences that it uses, (R,)."""
    rows, sentences = place_RK.shape
    key_RK = place_RK << 1
    key_RK[:, positive] |= 1
    key_RK.sort(axis=1)
    # Each row has its positives at P columns.
    at_RP = np.flatnonzero(key_RK & 1).reshape(rows, -1)
    lower_RP = _starts(key_RK >> 1).reshape(-1)[at_RP] if rows else at_RP
    own_RP = key_RK.reshape(-1)[at_RP]
    hits_RP = own_RP.shape[1] - _starts(own_RP)
    return np.asarray((hits_RP / (sentences - lower_RP)).mean(axis=1))
