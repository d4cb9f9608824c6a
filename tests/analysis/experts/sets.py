"""Experts tables from sets of units, and what a plain loop counts in such sets."""

import numpy as np
import numpy.typing as npt
import pandas as pd

LAYERS = {0: 300, 1: 500, 2: 200}
MODULES = {0: "m.0.fc1", 1: "m.1.fc1", 2: "m.2.fc1"}
EDGES = np.array([0, 300, 800, 1000])

Sets = dict[tuple[str, str], npt.NDArray[np.int64]]
"""(concept, language) -> units, numbered through all layers, best first."""


def table_of(sets: Sets) -> pd.DataFrame:
    """The experts table of these sets."""
    frames = []
    for (concept, language), units in sets.items():
        layer = np.searchsorted(EDGES, units, side="right") - 1
        frames.append(
            pd.DataFrame(
                {
                    "concept": concept, "language": language, "layer": layer,
                    "module": [MODULES[row] for row in layer], "unit": units - EDGES[layer],
                    "rank": np.arange(len(units)),
                }
            )
        )  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def random_sets(
    concepts: int, k: int = 40, seed: int = 0, languages: tuple[str, ...] = ("zh", "en", "ar")
) -> Sets:
    rng = np.random.default_rng(seed)
    return {
        (f"c{number}", language): rng.choice(1000, size=k, replace=False)
        for language in languages
        for number in range(concepts)
    }


def in_layer(units: npt.NDArray[np.int64], layer: int) -> set[int]:
    return {u for u in units.tolist() if layer < 0 or EDGES[layer] <= u < EDGES[layer + 1]}
