"""Probes of 25 depths, 3 seeds and 16 classes: ours against scikit-learn's logistic regression."""

import warnings
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

import numpy as np
import numpy.typing as npt
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits
from transformers import XGLMConfig, XGLMForCausalLM

from analysis.activations.hidden import hidden_states
from analysis.probing.logistic import fit_probes, standardise
from analysis.probing.settings import ProbingSettings
from analysis.processes import cores
from analysis.seeds import stream

DEPTHS, SEEDS, CLASSES = 25, 3, 16
WIDTH = 512
SAMPLE = (0, 8, 16, 24)
"""Depths that scikit-learn is timed on; its time is proportional to their number."""

Floats32 = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


def rows() -> list[tuple[str, str, str, str]]:
    """What was measured, ours, theirs, ratio."""
    tokens = CLASSES * (ProbingSettings.tokens_per_language * 3 // 4)
    label_N = np.arange(tokens) % CLASSES
    seeds = [stream(0, "bench/probes", seed).permutation(label_N) for seed in range(SEEDS)]
    kinds = {"low rank and noise": _synthetic(label_N), "untrained XGLM": _untrained(label_N)}
    return [_row(kind, states_DNH, [label_N, *seeds[1:]]) for kind, states_DNH in kinds.items()]


def _row(kind: str, states_DNH: Floats32, labels: list[Ints]) -> tuple[str, str, str, str]:
    l2 = ProbingSettings.l2
    start = perf_counter()
    fits = fit_probes(
        states_DNH, labels, states_DNH[:, :1], classes=CLASSES, l2=l2, max_iterations=1000
    )
    ours = (perf_counter() - start) / (DEPTHS * SEEDS)

    def fit_theirs(depth: int) -> list[LogisticRegression]:
        x_NH, _ = standardise(states_DNH[depth], states_DNH[depth, :1])
        return [
            LogisticRegression(C=1 / (l2 * len(x_NH)), tol=1e-4, max_iter=1000).fit(x_NH, label_N)
            for label_N in labels
        ]

    # One BLAS thread a fit and depths beside each other, as ours: the quickest way for both.
    start = perf_counter()
    with (
        warnings.catch_warnings(),
        threadpool_limits(1, user_api="blas"),
        ThreadPoolExecutor(cores()) as pool,
    ):
        warnings.simplefilter("ignore", ConvergenceWarning)
        found = list(pool.map(fit_theirs, SAMPLE))
    second = (perf_counter() - start) / (len(SAMPLE) * SEEDS)
    excess = []
    for depth, probes in zip(SAMPLE, found, strict=True):
        x_NH, _ = standardise(states_DNH[depth], states_DNH[depth, :1])
        for label_N, fit, probe in zip(labels, fits, probes, strict=True):
            p_N = probe.predict_proba(x_NH)[np.arange(len(x_NH)), label_N].astype(np.float64)
            theirs = -np.log(p_N).mean() + l2 / 2 * np.square(probe.coef_).sum(dtype=np.float64)
            excess.append(float(fit.objective_D[depth] - theirs))
    assert max(excess) < 1e-4, excess
    name = (
        f"probes of {kind}, {DEPTHS} depths x {SEEDS} seeds x {CLASSES} classes, width {WIDTH} "
        f"(objective {min(excess):+.0e} to {max(excess):+.0e} nats from theirs)"
    )
    return name, f"{ours * 1e3:.0f} ms a probe", f"{second * 1e3:.0f} ms", f"{second / ours:.1f}x"


def _synthetic(label_N: Ints) -> Floats32:
    """Residual streams: each depth adds to the last, mostly in a few directions."""
    random = stream(0, "bench/probes/states")
    centre_KR = random.normal(size=(CLASSES, 48)) / 3
    states_DNH = np.empty((DEPTHS, len(label_N), WIDTH), dtype=np.float32)
    state_NH = np.zeros((len(label_N), WIDTH))
    for depth in range(DEPTHS):
        low_NR = centre_KR[label_N] + random.normal(size=(len(label_N), 48))
        state_NH += low_NR @ random.normal(size=(48, WIDTH)) / 7
        state_NH += 0.3 * random.normal(size=state_NH.shape)
        states_DNH[depth] = state_NH
    return states_DNH


def _untrained(label_N: Ints) -> Floats32:
    """States of the study's shape with random weights, on ids that languages share in part."""
    random = stream(0, "bench/probes/tokens")
    torch.manual_seed(0)
    config = XGLMConfig(
        vocab_size=16_000, d_model=WIDTH, num_layers=DEPTHS - 1, attention_heads=16, ffn_dim=4096
    )
    model = XGLMForCausalLM(config).eval()
    length = 8
    # Zipf's law, over 16,000 types that each language orders in a way of its own.
    order_KV = np.stack([random.permutation(16_000) for _ in range(CLASSES)])
    rank_N = np.minimum(random.zipf(1.3, size=len(label_N)), 16_000) - 1
    by_label = np.argsort(label_N, kind="stable")
    id_N = order_KV[label_N, rank_N][by_label].astype(np.int64)
    windows = list(id_N.reshape(-1, length))
    window_N = np.repeat(np.arange(len(windows)), length)
    position_N = np.tile(np.arange(length), len(windows))
    states_DNH = hidden_states(model, windows, window_N, position_N, batch_tokens=4096)
    back = np.argsort(by_label)
    return states_DNH[:, back]
