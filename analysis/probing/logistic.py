"""Multinomial logistic regression on the states of every depth.

Each depth is a problem of its own with the labels of all: minimise over weights and biases

    mean over tokens of -ln softmax(W x + b)[y]  +  l2 / 2 * |W|^2

where x is standardised with mean and deviation of the train part. The problem is strictly convex
in W, so its optimum does not depend on the solver.

Shapes: D depths, N train tokens, M test tokens, H hidden size, K classes.
"""

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

Floats32 = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

TOLERANCE = 1e-4
"""Largest entry of the gradient, in nats, at which the solver may stop."""


@dataclass(frozen=True)
class ProbeFit:
    """The probes of all depths on one set of labels."""

    probabilities_DMK: Floats
    """Of each class for each test token; 0 for a class without a train token."""
    objective_D: Floats
    """What was minimised, in nats."""
    iterations_D: Ints
    """Iterations that were used."""
    converged_D: npt.NDArray[np.bool_]
    """Whether the solver stopped by its own criteria: not at the limit, not in a failed search."""


def fit_probes(
    train_DNH: Floats32,
    label_N: Ints,
    test_DMH: Floats32,
    *,
    classes: int,
    l2: float,
    max_iterations: int,
) -> ProbeFit:
    """Fit one probe per depth to labels in [0, `classes`) and read it on the test tokens.

    Solved by scikit-learn's L-BFGS from zero weights; nothing is random. Fitted in fp32: on
    states of a small trained model at l2 = 1e-3 the objective ends 5e-5 above its minimum (fp64:
    3e-5), far below what test tokens resolve, and at a width of 512 a fit takes half the time.
    """
    depths, tokens, _ = train_DNH.shape
    probabilities_DMK = np.zeros((depths, test_DMH.shape[1], classes))
    objective_D = np.empty(depths)
    iterations_D = np.empty(depths, dtype=np.int64)
    converged_D = np.empty(depths, dtype=np.bool_)
    known = np.unique(label_N)
    if len(known) == 1:  # nothing to tell apart: biases alone bring the loss to zero
        probabilities_DMK[:, :, known[0]] = 1
        return ProbeFit(
            probabilities_DMK, np.zeros(depths), np.zeros(depths, np.int64), np.ones(depths, bool)
        )
    # With two classes scikit-learn fits the difference v of their weights, under |v|^2. At the
    # optimum W = (-v/2, v/2), whose |W|^2 is half of that.
    squared = 0.5 if len(known) == 2 else 1.0
    for depth in range(depths):
        train_NH, test_MH = standardise(train_DNH[depth], test_DMH[depth])
        probe = LogisticRegression(
            C=1 / (l2 * squared * tokens), tol=TOLERANCE, max_iter=max_iterations, solver="lbfgs"
        )
        # One thread: the products are small, and on one machine the sums come in the same order
        # whatever the number of threads.
        with warnings.catch_warnings(record=True) as caught, threadpool_limits(1):
            warnings.simplefilter("always", ConvergenceWarning)
            probe.fit(train_NH, label_N)
        logp_NK = _log_probabilities(probe, train_NH)
        loss = -logp_NK[np.arange(tokens), np.searchsorted(known, label_N)].mean()
        weight = squared * float(np.square(probe.coef_, dtype=np.float64).sum())
        objective_D[depth] = loss + l2 / 2 * weight
        probabilities_DMK[depth][:, known] = np.exp(_log_probabilities(probe, test_MH))
        iterations_D[depth] = probe.n_iter_[0]
        converged_D[depth] = not any(
            issubclass(warning.category, ConvergenceWarning) for warning in caught
        )
    return ProbeFit(probabilities_DMK, objective_D, iterations_D, converged_D)


def standardise(train_NH: Floats32, test_MH: Floats32) -> tuple[Floats32, Floats32]:
    """Both parts less the train part's mean, over its deviation; a constant feature becomes 0."""
    mean_H = train_NH.mean(axis=0, dtype=np.float64)
    deviation_H = train_NH.std(axis=0, dtype=np.float64)
    # A deviation below fp32's rounding of the mean is rounding itself.
    varies_H = deviation_H > 1e-6 * np.abs(mean_H)
    scale_H = varies_H / np.where(varies_H, deviation_H, 1.0)
    return (
        ((train_NH - mean_H) * scale_H).astype(np.float32),
        ((test_MH - mean_H) * scale_H).astype(np.float32),
    )


def _log_probabilities(probe: LogisticRegression, x_NH: Floats32) -> Floats:
    """Logarithms of the classes' probabilities, in fp64."""
    logits_NK: Floats = probe.decision_function(x_NH).astype(np.float64)
    if logits_NK.ndim == 1:  # two classes: one logit for the second against the first
        logits_NK = np.stack([np.zeros_like(logits_NK), logits_NK], axis=1)
    logits_NK -= logits_NK.max(axis=1, keepdims=True)
    logits_NK -= np.log(np.exp(logits_NK).sum(axis=1, keepdims=True))
    return logits_NK
