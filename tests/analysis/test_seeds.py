import random

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.seeds import derive, stream, torch_stream, uniforms

MASK = 2**64 - 1
GOLDEN_DERIVED = (2851701517554819453, 13799560669060474510)
GOLDEN_STREAM = [77, 725, 475, 214]
GOLDEN_TORCH = [831, 724, 221, 938]
KEYS = st.lists(st.integers(-5, 2**40) | st.text(max_size=5), max_size=3)


def splitmix(state: int, number: int) -> float:
    """Output `number` of SplitMix64 started at `state` (Steele et al. 2014), as a 53-bit float."""
    bits = (state + (number + 1) * 0x9E3779B97F4A7C15) & MASK
    bits = ((bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) & MASK
    return ((bits ^ (bits >> 31)) >> 11) / 2**53


@given(st.integers(0, 2**40), st.text(max_size=10), KEYS)
def test_streams_depend_on_their_arguments_alone(
    seed: int, name: str, keys: list[int | str]
) -> None:
    first = (
        stream(seed, name, *keys).random(3).tolist(),
        torch.rand(3, generator=torch_stream(seed, name, *keys)).tolist(),
        uniforms(seed, name, np.arange(3), *keys).tolist(),
    )
    np.random.default_rng().random()
    stream(seed, name + "x", *keys).random(1000)
    again = (
        stream(seed, name, *keys).random(3).tolist(),
        torch.rand(3, generator=torch_stream(seed, name, *keys)).tolist(),
        uniforms(seed, name, np.arange(3), *keys).tolist(),
    )
    assert first == again


def test_draws_are_these_for_good() -> None:
    """A change of these numbers changes every run and every table of the project."""
    assert derive(0, "name") == GOLDEN_DERIVED[0]
    assert derive(7, "train/weights", 3, "es") == GOLDEN_DERIVED[1]
    assert stream(0, "name").integers(1000, size=4).tolist() == GOLDEN_STREAM
    drawn = torch.randint(1000, (4,), generator=torch_stream(0, "name"))
    assert drawn.tolist() == GOLDEN_TORCH


def test_numpys_integers_and_strings_give_what_pythons_do() -> None:
    expected = derive(7, "name", 3, "es")
    for kind in (np.int64, np.uint8, np.int32):
        assert derive(int(kind(7)), "name", kind(3), np.str_("es")) == expected  # type: ignore[arg-type]
        assert derive(kind(7), "name", 3, "es") == expected  # type: ignore[arg-type]
    for wrong in (3.0, None):
        with pytest.raises(TypeError):
            derive(7, "name", wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        derive(7.0, "name")  # type: ignore[arg-type]


def test_derived_numbers_differ_with_each_argument() -> None:
    variants = [
        derive(0, "a"), derive(1, "a"), derive(0, "b"), derive(0, "a", 1), derive(0, "a", "1"),
        derive(0, "a", 1, 2), derive(0, "a", 2, 1), derive(0, "a", 12), derive(0, "a", ""),
        derive(0, "a", "", ""), derive(10, "a"), derive(1, "0a"),
    ]  # fmt: skip
    assert len(set(variants)) == len(variants)
    assert all(0 <= value <= MASK for value in variants)


def test_a_new_draw_does_not_shift_another() -> None:
    before = stream(3, "order", 5).random(4)
    stream(3, "order", 4).random(100)
    stream(3, "mask", 5).random(100)
    assert stream(3, "order", 5).random(4).tolist() == before.tolist()


def test_no_global_state_is_read_or_changed() -> None:
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    torch.manual_seed(1)
    states = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()  # type: ignore[index]  # noqa: NPY002
    first = stream(0, "a").random(), torch.rand(1, generator=torch_stream(0, "a")).item()
    assert states == (
        random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()  # type: ignore[index]  # noqa: NPY002
    )  # fmt: skip
    torch.manual_seed(2)
    np.random.seed(2)  # noqa: NPY002
    assert first == (stream(0, "a").random(), torch.rand(1, generator=torch_stream(0, "a")).item())


@given(st.integers(0, 100), st.lists(st.integers(0, 2**62), min_size=1, max_size=20))
def test_uniforms_are_splitmix64_at_each_index(seed: int, index: list[int]) -> None:
    drawn = uniforms(seed, "u", np.array(index), "k")
    assert drawn.tolist() == [splitmix(derive(seed, "u", "k"), number) for number in index]
    assert (drawn >= 0).all()
    assert (drawn < 1).all()


def test_uniforms_do_not_depend_on_the_order_of_indices() -> None:
    order = np.random.default_rng(0).permutation(1000)
    assert (uniforms(0, "u", order) == uniforms(0, "u", np.arange(1000))[order]).all()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_uniforms_are_uniform_and_independent(seed: int) -> None:
    drawn = uniforms(seed, "u", np.arange(200_000))
    other = uniforms(seed, "v", np.arange(200_000))
    assert stats.kstest(drawn, "uniform").pvalue > 1e-3
    cells = (drawn[:-1] * 16).astype(int) * 16 + (drawn[1:] * 16).astype(int)  # serial pairs
    assert stats.chisquare(np.bincount(cells, minlength=256)).pvalue > 1e-3
    cells = (drawn * 16).astype(int) * 16 + (other * 16).astype(int)
    assert stats.chisquare(np.bincount(cells, minlength=256)).pvalue > 1e-3
    gaps = uniforms(seed, "u", np.arange(0, 200_000 * 1024, 1024))
    assert stats.kstest(gaps, "uniform").pvalue > 1e-3
