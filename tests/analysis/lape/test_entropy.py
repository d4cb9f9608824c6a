"""LAPE against a plain transcription of the published code, and golden values."""

from typing import Any

import numpy as np
import pytest
import torch

from analysis.lape.entropy import Scored, probabilities, score, spread, tally, threshold


def published(probability_NL: torch.Tensor, rate: float, top: float) -> tuple[Any, Any, Any]:
    """Entropies, places of the language neurons and their languages, as the paper's code has it."""
    normed = probability_NL / probability_NL.sum(dim=-1, keepdim=True)
    normed[torch.isnan(normed)] = 0
    logs = torch.where(normed > 0, normed.log(), 0)
    entropy = -torch.sum(normed * logs, dim=-1)
    flat = probability_NL.flatten()
    bar = flat.kthvalue(round(len(flat) * rate)).values.item()
    left_out = (probability_NL > bar).sum(dim=-1) == 0
    ranked = entropy.masked_fill(left_out, torch.inf)
    chosen = ranked.topk(round(len(entropy) * top), largest=False).indices
    return entropy, chosen, probability_NL[chosen] > bar


def test_the_language_neurons_are_those_of_the_published_code() -> None:
    rng = np.random.default_rng(0)
    probability_LN = rng.random((5, 400)) ** 4
    probability_LN[:, 7] = 0  # never fires
    entropy, chosen, active = published(torch.from_numpy(probability_LN.T.copy()), 0.95, 0.05)
    scored = score(probability_LN, 0.95)
    assert np.flatnonzero(np.isnan(scored.entropy_N)).tolist() == [7]
    np.testing.assert_allclose(np.nan_to_num(scored.entropy_N), entropy.numpy(), atol=1e-12)
    assert scored.candidate_E[:20].tolist() == chosen.tolist()
    np.testing.assert_array_equal(scored.active_LE[:, :20].T, active.numpy())


def test_golden_values() -> None:
    probability_LN = np.array([[0.5, 0.5, 0.0, 0.01], [0.5, 0.0, 0.0, 0.0]])
    scored = score(probability_LN, 5 / 8)  # exceeded by what is above 0.01
    np.testing.assert_allclose(scored.entropy_N, [np.log(2), 0, np.nan, 0])
    assert scored.candidate_E.tolist() == [1, 0]
    assert scored.entropies().tolist() == pytest.approx([0, np.log(2)])
    assert scored.active_LE.tolist() == [[True, True], [False, True]]
    assert str(scored.entropy_N[1]) == "0.0"


def test_equal_entropies_stay_in_the_order_of_the_model() -> None:
    both_N = np.random.default_rng(2).random(1000) < 0.5  # others fire in one language only
    probability_LN = np.where([both_N, np.ones(1000, dtype=np.bool_)], 0.5, 0.0)
    expected = [*np.flatnonzero(~both_N), *np.flatnonzero(both_N)]
    assert score(probability_LN, 0.1).candidate_E.tolist() == expected


def test_where_nothing_exceeds_the_quantile_reaching_it_is_enough() -> None:
    # Half of all probabilities are 1: in the published code no neuron would be left.
    probability_LN = np.array([[1, 1, 1, 0.5, 0], [1, 1, 0.1, 0.5, 0]])
    scored = score(probability_LN, 0.95)
    assert scored.candidate_E.tolist() == [2, 0, 1]
    assert scored.active_LE.tolist() == [[True, True, True], [False, True, True]]


def test_neurons_that_never_fire_leave_no_candidate() -> None:
    scored = score(np.zeros((3, 4)), 0.95)
    assert len(scored.candidate_E) == 0
    assert threshold([scored], 2) == -np.inf
    assert tally(scored, 1, np.array([0, 0, 1, 1]), 2).tolist() == [[0.0] * 4] * 3


def test_probabilities_are_weighted_by_tokens_and_exact() -> None:
    counts_DN = np.array([[1, 9_000_001], [3, 0], [2, 5]], dtype=np.float32)
    tokens_D = np.array([10.0, 9_000_002, 10])
    weights_LD = np.array([[1.0, 0, 0], [0, 1, 2]])
    found = probabilities(weights_LD, counts_DN, tokens_D)
    assert found[0].tolist() == [0.1, 900_000.1]
    assert found[1].tolist() == [7 / 9_000_022, 10 / 9_000_022]


def test_languages_and_layers_without_neurons_are_counted_as_none() -> None:
    # Active in the first of three languages, or in the first two; all in the first of three layers.
    active_LE = np.array([[1, 1, 1], [0, 1, 0], [0, 0, 0]], dtype=np.bool_)
    scored = Scored(np.array([0.0, 0.1, 0.2, 0.3]), np.array([0, 1, 3]), active_LE)
    layer_N = np.array([0, 0, 1, 1])
    assert tally(scored, 2, layer_N, 3).tolist() == [
        [2, 1, 0, 2], [0, 0, 0, 0], [0, 0, 0, 0], [2, 1, 0, 2],
    ]  # fmt: skip
    assert tally(scored, 3, layer_N, 3)[1].tolist() == [1, 0, 0, 1]


def test_the_threshold_is_passed_by_so_many_of_each_shuffle_on_average() -> None:
    rng = np.random.default_rng(1)
    null = [score(rng.random((4, 300)), 0.9) for _ in range(7)]
    low = threshold(null, 12)
    passed = [(scored.entropies() <= low).sum() for scored in null]
    assert np.mean(passed) == 12
    assert len(set(passed)) > 1
    candidates = max(scored.entropies().max() for scored in null)
    assert threshold(null, 10_000) == candidates


def test_the_spread_is_over_neurons_that_fire() -> None:
    entropy_N = np.array([1.0, np.nan, 3.0, np.nan, np.nan])
    layer_N = np.array([0, 0, 0, 1, 1])
    found = spread(entropy_N, layer_N, 2, (0.0, 0.5))
    np.testing.assert_array_equal(found, [[2, 1, 2], [np.nan] * 3, [2, 1, 2]])
