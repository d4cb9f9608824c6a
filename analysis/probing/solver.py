"""Minimum of one multinomial logistic regression by preconditioned L-BFGS.

At zero weights and an equal share of every class the Hessian of the mean loss is

    (I - 11'/K) / K  (x)  X'X / N

so (X'X / (N K) + l2 I)^-1, applied to each class, makes the first step one of Newton's. It stays
the preconditioner: a bound of the same form holds everywhere, with 1/2 in place of 1/K (Boehning),
and what the loss's curvature loses as classes are told apart L-BFGS learns on the way. What
remains is a condition number that the spread of the features' scales has no part in.

Source: Boehning, "Multinomial logistic regression algorithm" (Annals of the Institute of
Statistical Mathematics 44, 1992); Nocedal & Wright, "Numerical Optimization", algorithm 7.4;
the line search's test by slopes: Hager & Zhang (SIAM Journal on Optimization 16, 2005).

Shapes: N tokens, H features, K classes, W = H + 1: a class's weights, then its bias.
"""

from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve

Floats32 = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

GAP = 2e-5
"""Nats above the minimum, at most, when the solver stops: |gradient|^2 / (2 l2).

The penalty makes the objective strongly convex in the weights, so this bounds their part. Biases
are not penalised; their gradient counts as if the loss curved by no more than l2 along them, which
is far less than it does while a class has its share of uncertain tokens."""

MEMORY = 10
"""Steps that L-BFGS remembers."""

TRIALS = 20
"""Lengths of a step that are tried."""

LEAST_LOGIT = np.float32(-60)
"""Below a token's largest logit; e to it is nothing, and no denormal, which would be slow."""

DAMPING = 1e-6
"""Added to the preconditioner, over its trace: above the rounding of X'X, whatever l2 is."""


@dataclass(frozen=True)
class Optimum:
    """Where the solver stopped."""

    weight_KW: Floats32
    objective: float
    """In nats."""
    iterations: int
    converged: bool
    """Whether it stopped within `GAP`: not at the limit, not in a failed search."""


class _Point(NamedTuple):
    weight_KW: Floats32
    objective: float
    gradient_KW: Floats32


class _Pair(NamedTuple):
    """A step and what it did to the gradient, as it is and preconditioned."""

    step_KW: Floats32
    change_KW: Floats32
    scaled_KW: Floats32
    product: float


def gram(x_NH: Floats32) -> Floats32:
    """X'X / N (H, H), which problems on the same tokens share."""
    gram_HH: Floats32 = x_NH.T @ x_NH
    gram_HH /= np.float32(len(x_NH))
    return gram_HH


def minimise(
    x_NH: Floats32,
    label_N: Ints,
    gram_HH: Floats32,
    *,
    classes: int,
    l2: float,
    max_iterations: int,
    start_KW: Floats32 | None = None,
) -> Optimum:
    """Least mean loss + l2 / 2 * |weights|^2 for centred features and their `gram`.

    From `start_KW`, or from no weights and the classes' shares. `label_N` is in [0, `classes`) and
    has every class. Nothing is random.
    """
    problem = _Problem(x_NH, label_N, classes, l2)
    scale = _Preconditioner(gram_HH, classes, l2)
    if start_KW is None:
        start_KW = np.zeros((classes, x_NH.shape[1] + 1), dtype=np.float32)
        start_KW[:, -1] = np.log(np.bincount(label_N, minlength=classes) / len(label_N))
    point = problem.at(start_KW)
    scaled_KW = scale(point.gradient_KW)
    memory: deque[_Pair] = deque(maxlen=MEMORY)
    iteration = 0
    while True:
        gap = _dot(point.gradient_KW, point.gradient_KW) / (2 * l2)
        if gap <= GAP or iteration == max_iterations:
            break
        step_KW = -_times_inverse_hessian(point.gradient_KW, scaled_KW, memory)
        found = problem.search(point, step_KW)
        if found is None:
            if not memory:
                break
            memory.clear()  # once more, down the preconditioned gradient
            continue
        found_scaled_KW = scale(found.gradient_KW)
        change_KW = found.gradient_KW - point.gradient_KW
        taken_KW = found.weight_KW - point.weight_KW
        product = _dot(taken_KW, change_KW)
        if product > 0:  # always, but for rounding
            memory.append(_Pair(taken_KW, change_KW, found_scaled_KW - scaled_KW, product))
        point, scaled_KW = found, found_scaled_KW
        iteration += 1
    return Optimum(point.weight_KW, point.objective, iteration, gap <= GAP)


class _Problem:
    """The objective and its gradient."""

    def __init__(self, x_NH: Floats32, label_N: Ints, classes: int, l2: float) -> None:
        self.x_NH, self.l2 = x_NH, l2
        self.own = label_N, np.arange(len(label_N))
        self.classes = classes

    def at(self, weight_KW: Floats32) -> _Point:
        """Objective and gradient; sums over tokens in fp64."""
        tokens = len(self.x_NH)
        # Classes first: sums and maxima over them then run along the tokens.
        p_KN = np.ascontiguousarray((self.x_NH @ weight_KW[:, :-1].T).T)
        p_KN += weight_KW[:, -1:]
        p_KN -= p_KN.max(axis=0)
        own = p_KN[self.own].sum(dtype=np.float64)
        np.maximum(p_KN, LEAST_LOGIT, out=p_KN)
        np.exp(p_KN, out=p_KN)
        sum_N = p_KN.sum(axis=0)
        squared = _dot(weight_KW[:, :-1], weight_KW[:, :-1])
        objective = (np.log(sum_N).sum(dtype=np.float64) - own) / tokens + self.l2 / 2 * squared
        p_KN /= sum_N
        p_KN[self.own] -= 1
        gradient_KW = np.empty_like(weight_KW)
        gradient_KW[:, :-1] = p_KN @ self.x_NH
        gradient_KW[:, -1] = p_KN.sum(axis=1)
        gradient_KW /= np.float32(tokens)
        gradient_KW[:, :-1] += np.float32(self.l2) * weight_KW[:, :-1]
        return _Point(weight_KW, float(objective), gradient_KW)

    def search(self, point: _Point, step_KW: Floats32) -> _Point | None:
        """A point along the step that is low enough, its whole length first, or None."""
        slope = _dot(point.gradient_KW, step_KW)
        length = 1.0
        for _ in range(TRIALS if slope < 0 else 0):
            found = self.at(point.weight_KW + np.float32(length) * step_KW)
            rise = found.objective - point.objective
            # Where the decrease drowns in rounding, the slope still tells whether the step is
            # too long.
            same = rise <= 1e-6 * abs(point.objective)
            if rise <= 1e-4 * length * slope or (
                same and _dot(found.gradient_KW, step_KW) <= -0.8 * slope
            ):
                return found
            # The minimum of the parabola through what is known.
            bend = rise - length * slope
            best = -slope * length**2 / (2 * bend) if bend > 0 else length / 2
            length = min(max(best, 0.1 * length), 0.5 * length)
        return None


class _Preconditioner:
    """Inverse of the Hessian at zero weights and equal shares of the classes."""

    def __init__(self, gram_HH: Floats32, classes: int, l2: float) -> None:
        self.classes = classes
        curvature_HH = gram_HH * np.float32(1 / classes)
        diagonal_H = np.einsum("hh->h", curvature_HH)
        diagonal_H += np.float32(l2 + DAMPING * diagonal_H.sum(dtype=np.float64))
        # Of a symmetric matrix the transpose is in LAPACK's order.
        self.factor = cho_factor(curvature_HH.T, lower=True, overwrite_a=True, check_finite=False)

    def __call__(self, gradient_KW: Floats32) -> Floats32:
        out_KW = np.empty_like(gradient_KW)
        out_KW[:, :-1] = cho_solve(self.factor, gradient_KW[:, :-1].T, check_finite=False).T
        out_KW[:, -1] = np.float32(self.classes) * gradient_KW[:, -1]
        return out_KW


def _times_inverse_hessian(
    gradient_KW: Floats32, scaled_KW: Floats32, memory: deque[_Pair]
) -> Floats32:
    """L-BFGS's two loops over the remembered steps, around the preconditioner.

    The preconditioner is linear, so what it makes of the first loop's result is known from what
    it made of the gradient, `scaled_KW`, and of the changes.
    """
    rest_KW, out_KW = gradient_KW.copy(), scaled_KW.copy()
    shares: list[float] = []
    for pair in reversed(memory):
        shares.append(_dot(pair.step_KW, rest_KW) / pair.product)
        rest_KW -= np.float32(shares[-1]) * pair.change_KW
        out_KW -= np.float32(shares[-1]) * pair.scaled_KW
    if memory:
        last = memory[-1]
        out_KW *= np.float32(last.product / _dot(last.change_KW, last.scaled_KW))
    for pair, share in zip(memory, reversed(shares), strict=True):
        out_KW += np.float32(share - _dot(pair.change_KW, out_KW) / pair.product) * pair.step_KW
    return out_KW


def _dot(one: Floats32, other: Floats32) -> float:
    return float(np.vdot(one, other))
