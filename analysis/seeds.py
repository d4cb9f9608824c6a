"""Named random streams: every draw in the project is a pure function of (seed, name, keys).

Two streams with different names are independent, so adding a draw in one place never shifts
the numbers of another, and any draw can be recomputed on its own.
"""

import hashlib
import operator

import numpy as np
import numpy.typing as npt
import torch

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def derive(seed: int, name: str, *keys: int | str) -> int:
    """A 64-bit integer that (seed, name, keys) alone determine (BLAKE2b of their text).

    Integers count by their value, so NumPy's give what Python's do. Raises `TypeError` for a seed
    that is no integer, or a key that is neither integer nor string.
    """
    text = "\x1f".join([str(operator.index(seed)), name, *map(_spelt, keys)])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def _spelt(key: int | str) -> str:
    return f"str:{key}" if isinstance(key, str) else f"int:{operator.index(key)}"


def stream(seed: int, name: str, *keys: int | str) -> np.random.Generator:
    """A NumPy generator of its own for (seed, name, keys)."""
    return np.random.Generator(np.random.Philox(key=derive(seed, name, *keys)))


def torch_stream(seed: int, name: str, *keys: int | str) -> torch.Generator:
    """A CPU torch generator of its own for (seed, name, keys)."""
    generator = torch.Generator()
    generator.manual_seed(derive(seed, name, *keys) >> 1)
    return generator


def uniforms(
    seed: int, name: str, index: npt.NDArray[np.integer], *keys: int | str
) -> npt.NDArray[np.float64]:
    """Uniform draws in [0, 1), draw i a pure function of (seed, name, keys, index[i]).

    Counter-based (the SplitMix64 finaliser over key + index * golden ratio; Steele et al. 2014),
    so that sample number 10^9 costs no more than sample 0.
    """
    key = np.uint64(derive(seed, name, *keys))
    with np.errstate(over="ignore"):
        bits = key + (index.astype(np.uint64) + np.uint64(1)) * _GOLDEN
        bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        bits ^= bits >> np.uint64(31)
    return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53
