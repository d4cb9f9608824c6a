"""The probes' optimum against an independent solution in fp64."""

import warnings
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import log_softmax

from analysis.probing.logistic import ProbeFit, fit_probes, standardise

Array = np.ndarray[Any, Any]


def _fit(train: Array, label: Array, test: Array, **settings: Any) -> ProbeFit:
    """The probes of one set of labels."""
    [fit] = fit_probes(train, [label], test, **settings)
    return fit


def _states(seed: int, tokens: int, classes: int, *, depths: int = 2) -> tuple[Array, Array]:
    """Correlated features of unequal scale with some signal."""
    rng = np.random.default_rng(seed)
    label = rng.permutation(np.arange(tokens) % classes)
    mixing = rng.normal(size=(depths, 12, 12)) * np.exp(rng.normal(size=(depths, 1, 12)))
    centre = rng.normal(size=(classes, 12))
    states = (rng.normal(size=(depths, tokens, 12)) + centre[label]) @ mixing + 3
    return states.astype(np.float32), label.astype(np.int64)


def _optimum(
    train: Array, label: Array, test: Array, classes: int, l2: float
) -> tuple[float, Array]:
    """Least objective of the symmetric problem and its test probabilities, by SciPy in fp64."""
    mean, deviation = train.mean(0, dtype=np.float64), train.std(0, dtype=np.float64)
    x, z = (train - mean) / deviation, (test - mean) / deviation
    onehot = np.eye(classes)[label]
    width = x.shape[1]

    def objective(flat: Array) -> tuple[float, Array]:
        weight, bias = flat[: width * classes].reshape(width, classes), flat[width * classes :]
        logp = log_softmax(x @ weight + bias, axis=1)
        value = -(onehot * logp).sum() / len(x) + l2 / 2 * np.square(weight).sum()
        slope = (np.exp(logp) - onehot) / len(x)
        return value, np.concatenate([(x.T @ slope + l2 * weight).ravel(), slope.sum(0)])

    start = np.zeros((width + 1) * classes)
    found = minimize(
        objective,
        start,
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 20000, "maxfun": 40000, "gtol": 1e-9, "ftol": 1e-15},
    )
    weight, bias = found.x[: width * classes].reshape(width, classes), found.x[width * classes :]
    return float(found.fun), np.exp(log_softmax(z @ weight + bias, axis=1))


@pytest.mark.parametrize(("classes", "l2"), [(2, 1e-2), (3, 1e-3), (5, 1e-1), (16, 1e-3)])
def test_the_objective_is_at_its_minimum(classes: int, l2: float) -> None:
    states, label = _states(classes, 400, classes)
    train, test = states[:, :300], states[:, 300:]
    fit = _fit(train, label[:300], test, classes=classes, l2=l2, max_iterations=2000)
    assert fit.converged_D.all()
    assert fit.probabilities_DMK.shape == (2, 100, classes)
    np.testing.assert_allclose(fit.probabilities_DMK.sum(axis=2), 1, rtol=1e-9)
    for depth in range(2):
        least, probabilities = _optimum(train[depth], label[:300], test[depth], classes, l2)
        assert -1e-6 < fit.objective_D[depth] - least < 1e-4
        np.testing.assert_allclose(fit.probabilities_DMK[depth], probabilities, atol=0.02)


def test_scale_and_shift_of_a_feature_do_not_matter() -> None:
    states, label = _states(0, 300, 4)
    moved = (states * np.float32(64) - np.float32(128)).astype(np.float32)
    arguments: dict[str, Any] = {"classes": 4, "l2": 1e-2, "max_iterations": 1000}
    plain = _fit(states[:, :200], label[:200], states[:, 200:], **arguments)
    other = _fit(moved[:, :200], label[:200], moved[:, 200:], **arguments)
    np.testing.assert_allclose(other.objective_D, plain.objective_D, atol=1e-4)
    np.testing.assert_allclose(other.probabilities_DMK, plain.probabilities_DMK, atol=0.02)


def test_the_test_part_has_no_say_in_the_scale() -> None:
    states, _ = _states(1, 100, 2)
    train, test = standardise(states[0, :60], states[0, 60:] * 100)
    np.testing.assert_allclose(train.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(train.std(axis=0), 1, atol=1e-5)
    assert np.abs(test).max() > 50
    alone, _ = standardise(states[0, :60], states[0, 60:])
    assert np.array_equal(train, alone)


def test_a_constant_feature_becomes_zero() -> None:
    train = np.full((50, 2), 1e4 / 3, dtype=np.float32)
    train[:, 1] = np.arange(50)
    ours, theirs = standardise(train, train + 1)
    assert (ours[:, 0] == 0).all()
    assert (theirs[:, 0] == 0).all()
    assert ours[:, 1].std() == pytest.approx(1)


def test_no_convergence_is_recorded_and_not_warned_of() -> None:
    states, label = _states(2, 300, 4)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        short = _fit(states, label, states, classes=4, l2=1e-4, max_iterations=2)
        long = _fit(states, label, states, classes=4, l2=1e-4, max_iterations=2000)
    assert not short.converged_D.any()
    assert (short.iterations_D == 2).all()
    assert long.converged_D.all()
    assert (long.iterations_D > 2).all()
    assert (long.objective_D < short.objective_D).all()


def test_classes_without_a_train_token_get_no_probability() -> None:
    states, label = _states(3, 200, 3)
    shifted = np.array([1, 2, 5])[label]
    fit = _fit(states, shifted, states, classes=6, l2=1e-2, max_iterations=1000)
    same = _fit(states, label, states, classes=3, l2=1e-2, max_iterations=1000)
    assert np.array_equal(fit.probabilities_DMK[:, :, [1, 2, 5]], same.probabilities_DMK)
    assert (fit.probabilities_DMK[:, :, [0, 3, 4]] == 0).all()


def test_one_class_alone_is_certain() -> None:
    states, _ = _states(4, 20, 2)
    fit = _fit(states, np.full(20, 2, np.int64), states, classes=4, l2=1e-2, max_iterations=5)
    assert (fit.probabilities_DMK[:, :, 2] == 1).all()
    assert fit.converged_D.all()
