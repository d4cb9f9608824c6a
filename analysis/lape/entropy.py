"""Language activation probability entropy (LAPE) of neurons, from counts by document.

1. The activation probability of a neuron in a language is the share of the language's tokens at
   which it fires.
2. Divided by their sum, a neuron's probabilities are a distribution over languages; its entropy, in
   nats, is low for a neuron that fires for few languages and log L for one that fires for all
   alike. A neuron that never fires has none (NaN).
3. A neuron is active in the languages in which its probability exceeds a quantile of all
   probabilities. Only neurons that are active somewhere are candidates: a neuron that hardly ever
   fires does not become a language neuron by firing there. Where so many neurons fire at every
   token that nothing exceeds the quantile, reaching it is enough.
4. The language neurons are the candidates of lowest entropy, 1 % of all neurons, and equal ones as
   they stand in the model.

Which documents make up a language is given by weights: shuffled, they give what chance gives, and
drawn anew, the bootstrap.

Source: Tang et al., "Language-Specific Neurons", ACL 2024, arXiv 2402.16438, and their code.

Shapes: L languages, D documents, N neurons, E candidates, M neurons chosen among them.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import xlogy

Floats = npt.NDArray[np.float64]
Floats32 = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class Scored(NamedTuple):
    """Entropies of all neurons, and the candidates by entropy, lowest first."""

    entropy_N: Floats
    candidate_E: Ints
    active_LE: Bools
    """In which languages each candidate is active."""

    def entropies(self) -> Floats:
        """Entropies of the candidates, rising."""
        return np.asarray(self.entropy_N[self.candidate_E])


def probabilities(weights_LD: Floats, counts_DN: Floats32, tokens_D: Floats) -> Floats:
    """Activation probabilities (L, N), documents counted as often as their weights say."""
    # Sums of whole numbers, so float32 is exact as long as they stay below 2^24.
    fired_LN = weights_LD.astype(np.float32) @ counts_DN
    return np.asarray(fired_LN / (weights_LD @ tokens_D)[:, None], dtype=np.float64)


def score(probability_LN: Floats, quantile: float) -> Scored:
    """Entropies and candidates."""
    rank = max(1, round(probability_LN.size * quantile))
    bar = np.partition(probability_LN, rank - 1, axis=None)[rank - 1]
    active_LN = probability_LN > bar
    if not active_LN.any():
        active_LN = (probability_LN >= bar) & (probability_LN > 0)
    total_N = probability_LN.sum(axis=0)
    share_LN = np.divide(
        probability_LN, total_N, out=np.full_like(probability_LN, np.nan), where=total_N > 0
    )
    entropy_N = 0.0 - xlogy(share_LN, share_LN).sum(axis=0)
    candidate = np.flatnonzero(active_LN.any(axis=0))
    candidate = candidate[np.argsort(entropy_N[candidate], kind="stable")]
    return Scored(entropy_N, candidate, active_LN[:, candidate])


def threshold(null: list[Scored], count: int) -> float:
    """The entropy up to which shuffled labels have `count` candidates on average."""
    pooled = np.sort(np.concatenate([scored.entropies() for scored in null]))
    return float(pooled[min(count * len(null), len(pooled)) - 1]) if len(pooled) else -np.inf


def tally(scored: Scored, chosen: int, layer_N: Ints, layers: int) -> Floats:
    """How many of the first `chosen` candidates are active, (layers + 1, L + 1).

    The last row is that of all layers; the last column counts every neuron once, so it is not the
    sum of the others: a neuron may be active in several languages.
    """
    layer_M = layer_N[scored.candidate_E[:chosen]]
    active_LM = scored.active_LE[:, :chosen]
    columns = [
        np.bincount(layer_M[active_M], minlength=layers)
        for active_M in (*active_LM, np.ones(len(layer_M), dtype=np.bool_))
    ]
    by_layer = np.stack(columns, axis=1).astype(np.float64)
    return np.concatenate([by_layer, by_layer.sum(axis=0, keepdims=True)])


def spread(entropy_N: Floats, layer_N: Ints, layers: int, quantiles: tuple[float, ...]) -> Floats:
    """Mean and quantiles of the entropies of neurons that fire, (layers + 1, 1 + quantiles)."""
    fires_N = ~np.isnan(entropy_N)
    rows = []
    for layer in (*range(layers), None):
        own = entropy_N[fires_N if layer is None else fires_N & (layer_N == layer)]
        found = [own.mean(), *np.quantile(own, quantiles)] if len(own) else np.nan
        rows.append(np.broadcast_to(found, 1 + len(quantiles)))
    return np.stack(rows)
