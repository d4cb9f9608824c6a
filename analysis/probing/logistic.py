"""Multinomial logistic regression on the states of every depth.

Each depth is a problem of its own with the labels of all: minimise over weights and biases

    mean over tokens of -ln softmax(W x + b)[y]  +  l2 / 2 * |W|^2

where x is standardised with mean and deviation of the train part. The problem is strictly convex
in W, so its optimum does not depend on the solver.

Shapes: D depths, N train tokens, M test tokens, H hidden size, K classes.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from analysis.probing.solver import Optimum, gram, minimise
from analysis.processes import cores

Floats32 = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

RUN = 4
"""Depths that are solved one after the other, each from the optimum of the one before: a block
changes the residual stream little. Runs are solved beside each other."""


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
    """Whether the solver stopped by its own criterion: not at the limit, not in a failed search."""


def fit_probes(
    train_DNH: Floats32,
    labels: Sequence[Ints],
    test_DMH: Floats32,
    *,
    classes: int,
    l2: float,
    max_iterations: int,
) -> list[ProbeFit]:
    """Fit one probe per depth to each of `labels` (N,) in [0, `classes`), read on the test tokens.

    Labels of the same tokens share what depends on the states alone. Solved in fp32 by
    `analysis.probing.solver`; nothing is random, and each run of depths is solved in one thread,
    so the number of threads changes nothing.
    """
    depths, tests = len(train_DNH), test_DMH.shape[1]
    fits = [
        ProbeFit(
            np.zeros((depths, tests, classes)),
            np.zeros(depths),
            np.zeros(depths, dtype=np.int64),
            np.ones(depths, dtype=np.bool_),
        )
        for _ in labels
    ]
    known = [np.unique(label_N, return_inverse=True) for label_N in labels]

    def fit_run(first: int) -> None:
        found: list[Optimum | None] = [None] * len(labels)
        for depth in range(first, min(first + RUN, depths)):
            train_NH, test_MH = standardise(train_DNH[depth], test_DMH[depth])
            gram_HH = gram(train_NH)
            for task, (fit, (known_K, place_N)) in enumerate(zip(fits, known, strict=True)):
                if len(known_K) == 1:  # nothing to tell apart: biases alone bring the loss to zero
                    fit.probabilities_DMK[depth, :, known_K[0]] = 1
                    continue
                before = found[task]
                optimum = minimise(
                    train_NH,
                    place_N,
                    gram_HH,
                    classes=len(known_K),
                    l2=l2,
                    max_iterations=max_iterations,
                    start_KW=before.weight_KW if before else None,
                )
                found[task] = optimum
                fit.probabilities_DMK[depth][:, known_K] = _probabilities(optimum, test_MH)
                fit.objective_D[depth] = optimum.objective
                fit.iterations_D[depth] = optimum.iterations
                fit.converged_D[depth] = optimum.converged

    runs = range(0, depths, RUN)
    with (
        threadpool_limits(1, user_api="blas"),
        ThreadPoolExecutor(min(cores(), len(runs))) as pool,
    ):
        list(pool.map(fit_run, runs))
    return fits


def standardise(train_NH: Floats32, test_MH: Floats32) -> tuple[Floats32, Floats32]:
    """Both parts less the train part's mean, over its deviation; a constant feature becomes 0."""
    mean_H = train_NH.mean(axis=0, dtype=np.float64)
    # Subtracted in fp64, buffer by buffer, and only then rounded.
    train_out_NH, test_out_MH = np.empty_like(train_NH), np.empty_like(test_MH)
    np.subtract(train_NH, mean_H, out=train_out_NH, casting="same_kind")
    np.subtract(test_MH, mean_H, out=test_out_MH, casting="same_kind")
    deviation_H = np.sqrt(np.square(train_out_NH).mean(axis=0, dtype=np.float64))
    # A deviation below fp32's rounding of the mean is rounding itself.
    varies_H = deviation_H > 1e-6 * np.abs(mean_H)
    scale_H = (varies_H / np.where(varies_H, deviation_H, 1.0)).astype(np.float32)
    train_out_NH *= scale_H
    test_out_MH *= scale_H
    return train_out_NH, test_out_MH


def _probabilities(found: Optimum, x_NH: Floats32) -> Floats:
    """Of the classes (N, K), in fp64."""
    weight_KW = found.weight_KW
    logits_NK = (x_NH @ weight_KW[:, :-1].T + weight_KW[:, -1]).astype(np.float64)
    logits_NK -= logits_NK.max(axis=1, keepdims=True)
    np.exp(logits_NK, out=logits_NK)
    logits_NK /= logits_NK.sum(axis=1, keepdims=True)
    return logits_NK
