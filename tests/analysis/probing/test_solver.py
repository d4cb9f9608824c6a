"""The solver against scikit-learn's, on shapes and states of many kinds."""

import warnings
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from analysis.probing import logistic
from analysis.probing.logistic import fit_probes, standardise

Array = np.ndarray[Any, Any]


def _objective(x: Array, label: Array, weight: Array, bias: Array, l2: float) -> float:
    """In fp64."""
    logits = x.astype(np.float64) @ weight.T + bias
    loss = np.logaddexp.reduce(logits, axis=1) - logits[np.arange(len(x)), label]
    return float(loss.mean() + l2 / 2 * np.square(weight).sum())


def _theirs(train: Array, label: Array, test: Array, l2: float) -> tuple[float, Array]:
    """scikit-learn's objective and test probabilities, its fit as exact as it gets in fp64."""
    x, z = (part.astype(np.float64) for part in standardise(train, test))
    classes = len(np.unique(label))
    squared = 0.5 if classes == 2 else 1.0  # of two classes it penalises the difference alone
    probe = LogisticRegression(C=1 / (l2 * squared * len(x)), tol=1e-8, max_iter=5000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        probe.fit(x, label)
    weight, bias = probe.coef_, probe.intercept_
    if classes == 2:
        weight, bias = np.stack([-weight[0], weight[0]]) / 2, np.array([-bias[0], bias[0]]) / 2
    return _objective(x, label, weight, bias, l2), probe.predict_proba(z)


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 2**32 - 1),
    tokens=st.integers(10, 200),
    width=st.integers(1, 40),
    classes=st.integers(2, 8),
    signal=st.sampled_from([0.0, 1.0, 10.0]),
    l2=st.sampled_from([1e-3, 1e-2, 1e-1]),
)
def test_the_optimum_is_scikit_learns(
    seed: int, tokens: int, width: int, classes: int, signal: float, l2: float
) -> None:
    """Few tokens and many, separable or not, correlated features, a constant one among them."""
    rng = np.random.default_rng(seed)
    label = rng.permutation(np.arange(tokens) % classes)
    centre = signal * rng.normal(size=(classes, width))
    mixing = rng.normal(size=(width, width)) * np.exp(rng.normal(size=width))
    states = ((rng.normal(size=(2, tokens, width)) + centre[label]) @ mixing + 5).astype(np.float32)
    states[:, :, 0] = 7
    [fit] = fit_probes(states, [label], states, classes=classes, l2=l2, max_iterations=1000)
    assert fit.converged_D.all()
    for depth in range(2):
        least, probabilities = _theirs(states[depth], label, states[depth], l2)
        assert -1e-5 < fit.objective_D[depth] - least < 1e-4
        # Strong convexity: weights are within sqrt(2 * GAP / l2) of the minimum's.
        own = np.arange(tokens), label
        loss = -np.log(fit.probabilities_DMK[depth][own]).mean()
        assert loss == pytest.approx(-np.log(probabilities[own]).mean(), abs=5e-3)
        np.testing.assert_allclose(fit.probabilities_DMK[depth], probabilities, atol=0.05)


def _states(depths: int) -> tuple[Array, Array]:
    rng = np.random.default_rng(0)
    label = np.arange(240) % 4
    return rng.normal(size=(depths, 240, 24)).astype(np.float32) + label[:, None] % 3, label


def test_the_number_of_threads_changes_nothing() -> None:
    states, label = _states(9)
    arguments: dict[str, Any] = {"classes": 4, "l2": 1e-3, "max_iterations": 1000}
    fits = []
    for threads in (1, 3, 3):
        with patch.object(logistic, "cores", return_value=threads):
            fits.append(fit_probes(states, [label, label[::-1].copy()], states, **arguments))
    for one, two in ((0, 1), (1, 2)):
        for ours, theirs in zip(fits[one], fits[two], strict=True):
            assert np.array_equal(ours.probabilities_DMK, theirs.probabilities_DMK)
            assert np.array_equal(ours.iterations_D, theirs.iterations_D)


def test_labels_do_not_see_each_other() -> None:
    states, label = _states(2)
    other = np.random.default_rng(1).permutation(label)
    arguments: dict[str, Any] = {"classes": 4, "l2": 1e-3, "max_iterations": 1000}
    both = fit_probes(states, [label, other], states, **arguments)
    for alone, fit in zip((label, other), both, strict=True):
        [single] = fit_probes(states, [alone], states, **arguments)
        assert np.array_equal(single.probabilities_DMK, fit.probabilities_DMK)


def test_a_depth_like_the_one_before_takes_no_iteration() -> None:
    states, label = _states(1)
    same = np.repeat(states, logistic.RUN + 1, axis=0)
    [fit] = fit_probes(same, [label], same, classes=4, l2=1e-3, max_iterations=1000)
    assert (fit.iterations_D[1:-1] == 0).all()
    assert fit.iterations_D[0] == fit.iterations_D[-1] > 0
    assert fit.converged_D.all()
