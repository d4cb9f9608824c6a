from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.metrics import average_precision_score

from analysis.errors import UserError
from analysis.experts import average_precision as module
from analysis.experts import average_precision_cpu as cpu
from analysis.experts.average_precision import average_precision, expected_average_precision

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int8]


def reference(responses: Floats, labels: Labels) -> npt.NDArray[np.float64]:
    """scikit-learn, unit by unit and concept by concept, on the sentences a concept uses."""
    return np.array(
        [
            [
                average_precision_score(label[label >= 0] == 1, unit[label >= 0])
                for unit in responses.T
            ]
            for label in labels
        ]
    )


def as_on_a_device(
    responses: Floats, labels: Labels, memory_mb: int = 2048
) -> npt.NDArray[np.float64]:
    """What devices other than CPUs compute, computed on one."""
    groups = list(module._by_used_sentences(labels))
    parts = module._parts_on_device(
        torch.from_numpy(responses), groups, len(labels), memory_mb, torch.device("cpu")
    )
    whole: npt.NDArray[np.float64] = torch.cat(list(parts), dim=1).numpy()
    return whole


@st.composite
def cases(draw: st.DrawFn) -> tuple[Floats, Labels]:
    """Responses with ties, constants and both zeros; labels with unused sentences."""
    sentences = draw(st.integers(2, 25))
    units = draw(st.integers(1, 5))
    few = st.sampled_from([-2.5, -1.0, -0.0, 0.0, 1e-30, 1.0, 7.5])
    wide = st.floats(width=32, allow_nan=False, allow_infinity=False)
    elements = draw(st.sampled_from([few, wide, st.just(1.0)]))
    responses = draw(arrays.arrays(np.float32, (sentences, units), elements=elements))
    kinds = draw(st.sampled_from([[0, 1], [-1, 0, 1]]))
    concepts = draw(st.integers(1, 4))
    labels = draw(arrays.arrays(np.int8, (concepts, sentences), elements=st.sampled_from(kinds)))
    for label in labels:
        label[draw(st.integers(0, sentences - 1))] = 1
    return responses, labels


@settings(max_examples=2000, deadline=None)
@given(cases())
def test_it_equals_scikit_learn_with_ties_constants_zeros_and_unused_sentences(
    case: tuple[Floats, Labels],
) -> None:
    responses, labels = case
    expected = reference(responses, labels)
    ours = average_precision(torch.from_numpy(responses), labels)
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(as_on_a_device(responses, labels), expected, rtol=0, atol=1e-12)


def test_it_equals_scikit_learn_on_a_pool_of_real_size(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    responses = rng.normal(size=(600, 20)).astype(np.float32)
    responses[:, ::3] = np.round(responses[:, ::3], 1)  # masses of ties in some units only
    labels = (rng.random((6, 600)) < 0.05).astype(np.int8)
    labels[3:, rng.random(600) < 0.4] = -1
    labels[:, :2] = 1
    expected = reference(responses, labels)
    for at_once in (1, 40, 2000):  # positives read together
        monkeypatch.setattr(cpu, "AT_ONCE", at_once)
        ours = average_precision(torch.from_numpy(responses), labels)
        np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(as_on_a_device(responses, labels), expected, rtol=0, atol=1e-12)


def test_concepts_with_sentences_of_their_own_are_read_off_one_order() -> None:
    rng = np.random.default_rng(3)
    responses = np.round(rng.normal(size=(300, 40)), 2).astype(np.float32)
    labels = np.full((9, 300), -1, dtype=np.int8)
    for row, label in enumerate(labels):  # the first five share theirs, one uses all
        used = np.random.default_rng(max(row, 4)).choice(300, size=300 if row == 8 else 120)
        label[used] = 0
        label[rng.choice(used, size=20)] = 1
    ours = average_precision(torch.from_numpy(responses), labels)
    np.testing.assert_allclose(ours, reference(responses, labels), rtol=0, atol=1e-12)


def test_the_published_golden_case_of_ml_selfcond() -> None:
    responses = np.random.RandomState(1234).rand(10, 6).T.astype(np.float32)
    labels = np.array([[1, 1, 0, 1, 0, 0]], dtype=np.int8)
    golden = [0.7222, 0.5556, 1, 1, 1, 0.6333, 0.9167, 0.7, 0.8056, 0.7222]
    ours = average_precision(torch.from_numpy(responses), labels)
    np.testing.assert_allclose(ours[0], golden, atol=5e-5)


def test_slices_of_units_threads_and_strides_change_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(1)
    responses = torch.from_numpy(rng.normal(size=(40, 333)).astype(np.float32))
    labels = (rng.random((3, 40)) < 0.3).astype(np.int8)
    whole = average_precision(responses, labels)
    before = responses.clone()
    for threads in (1, 3):
        monkeypatch.setattr(torch, "get_num_threads", lambda threads=threads: threads)
        assert np.array_equal(average_precision(responses, labels), whole)
    turned = responses.T.contiguous().T
    assert np.array_equal(average_precision(turned, labels), whole)
    monkeypatch.setattr(cpu, "BLOCK", 7)
    assert np.array_equal(average_precision(responses, labels), whole)
    monkeypatch.setattr(module, "_BYTES_PER_RESPONSE", 1 << 14)  # slices of one or two units
    assert np.allclose(as_on_a_device(responses.numpy(), labels, 1), whole, rtol=0, atol=1e-14)
    assert responses.equal(before), "the responses were changed"


def test_it_is_the_mean_over_positives() -> None:
    """Each concept by itself, places counted one by one instead of sorted."""
    rng = np.random.default_rng(4)
    responses = np.round(rng.normal(size=(90, 41)), 1).astype(np.float32)
    labels = (rng.random((4, 90)) < 0.3).astype(np.int8)
    labels[2:, 60:] = -1
    ours = average_precision(torch.from_numpy(responses), labels)
    for label, ap_U in zip(labels, ours, strict=True):
        scores_US = responses[label >= 0].T
        found_UP = np.sort(responses[label == 1].T, axis=1)
        hits_UP = (found_UP[:, None, :] >= found_UP[:, :, None]).sum(axis=2)
        ranks_UP = (scores_US[:, None, :] >= found_UP[:, :, None]).sum(axis=2)
        np.testing.assert_allclose(ap_U, (hits_UP / ranks_UP).mean(axis=1), rtol=1e-15)


def test_a_device_works_in_slices_that_suit_it(monkeypatch: pytest.MonkeyPatch) -> None:
    widths: list[int] = []
    real = module._of_slice

    def seen(scores_US: torch.Tensor, *rest: Any) -> torch.Tensor:
        widths.append(len(scores_US))
        return real(scores_US, *rest)

    monkeypatch.setattr(module, "_of_slice", seen)
    monkeypatch.setattr(module, "_BYTES_PER_RESPONSE", 1 << 16)
    responses, labels = torch.rand(16, 100).numpy(), np.eye(1, 16, dtype=np.int8)
    for memory_mb, expected in ((64, [63, 37]), (32, [31, 31, 31, 7])):
        widths.clear()
        as_on_a_device(responses, labels, memory_mb)
        assert widths == expected


def test_out_of_memory_names_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(module, "_parts_on_device", fail)
    with pytest.raises(UserError, match=r"^experts.memory_mb: .*; 16 instead of 32 halves"):
        average_precision(
            torch.rand(3, 2), np.eye(1, 3, dtype=np.int8), memory_mb=32, device="meta"
        )


def test_nan_and_a_concept_without_positives_are_refused() -> None:
    responses = torch.zeros(4, 3)
    labels = np.array([[1, 0, 0, 1], [0, 0, -1, 0]], dtype=np.int8)
    with pytest.raises(UserError, match="concept 1 has no positive"):
        average_precision(responses, labels)
    responses[2, 1] = float("nan")
    with pytest.raises(UserError, match="unit 1 has a NaN"):
        average_precision(responses, labels[:1])
    with pytest.raises(UserError, match="unit 1 has a NaN"):
        as_on_a_device(responses.numpy(), labels[:1])


@pytest.mark.parametrize(("positives", "sentences"), [(1, 1), (1, 5), (3, 7), (7, 7), (4, 8)])
def test_the_chance_level_is_the_mean_over_all_orders(positives: int, sentences: int) -> None:
    scores = np.arange(sentences)[::-1]
    every = []
    for places in combinations(range(sentences), positives):
        label = np.zeros(sentences)
        label[list(places)] = 1
        every.append(average_precision_score(label, scores))
    expected = expected_average_precision([positives], [sentences])
    assert expected[0] == pytest.approx(np.mean(every), rel=1e-12)


def test_the_chance_level_is_what_noise_gives() -> None:
    labels = np.zeros((1, 320), dtype=np.int8)
    labels[0, :20] = 1
    noise = torch.randn(320, 3000, generator=torch.Generator().manual_seed(0))
    measured = average_precision(noise, labels)
    assert measured.mean() == pytest.approx(
        float(expected_average_precision([20], [320])[0]), abs=0.002
    )
