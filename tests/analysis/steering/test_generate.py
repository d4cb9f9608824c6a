"""Texts against a plain loop without a cache, against transformers, and against each other."""

from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest
import torch
from transformers import PreTrainedModel

from analysis.errors import UserError
from analysis.seeds import uniforms
from analysis.steering.forcing import forced
from analysis.steering.generate import Job, Written, _invert, _most_probable, generate
from tests.analysis.activations.tiny import WORDS, tiny_model, word_tokenizer
from tests.analysis.steering.test_forcing import forcing
from tests.analysis.test_families import FAMILIES, random_model
from tests.analysis.tiny import byte_tokenizer

START = END = 2
LENGTH = 20
NEVER = [0, 1, 3]
TOKENIZER = byte_tokenizer()
ALMOST_GREEDY = 1e-9


def by_hand(model: PreTrainedModel, job: Job, *, temperature: float = 1.0) -> list[int]:
    """One text, token by token: the whole of it is read anew for each, and no block is summed."""
    ids = [START]
    for place in range(LENGTH):
        with torch.no_grad(), forced(model, [job.forcing]):
            logits = model(torch.tensor([ids]), use_cache=False).logits[0, -1]
        logits_V = logits.double().numpy() / temperature
        logits_V[NEVER] = -np.inf
        upto_V = np.cumsum(np.exp(logits_V - logits_V.max()))
        number = float(uniforms(job.seed, "steering/text", np.array([place]))[0])
        ids.append(int(np.searchsorted(upto_V, number * upto_V[-1], side="right")))
        if ids[-1] == END:
            return ids[1:-1]
    return ids[1:]


def jobs_of(model: PreTrainedModel, count: int) -> list[Job]:
    """Seeds without and with forcings, mixed."""
    held = [None, forcing(model, 1), forcing(model, 2)]
    return [Job(held[number % 3], number // 3) for number in range(count)]


def write(model: PreTrainedModel, jobs: list[Job], **more: Any) -> list[Written]:
    return generate(model, TOKENIZER, jobs, **{"max_new_tokens": LENGTH} | more)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_seed_gives_what_a_plain_loop_without_a_cache_gives(family: str) -> None:
    model = random_model(family)
    jobs = jobs_of(model, 6)
    for job, found in zip(jobs, write(model, jobs, batch_texts=4, temperature=0.7), strict=True):
        expected = by_hand(model, job, temperature=0.7)
        assert list(found.ids) == expected
        assert found.ended == (len(expected) < LENGTH)
        assert found.text == TOKENIZER.decode(expected)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_likeliest_tokens_are_those_of_transformers(family: str) -> None:
    model = random_model(family)
    (found,) = write(model, [Job(None, 0)], top_p=ALMOST_GREEDY, batch_texts=2)
    theirs = (
        cast(Any, model)
        .generate(
            torch.tensor([[START]]),
            max_new_tokens=LENGTH,
            do_sample=False,
            eos_token_id=END,
            pad_token_id=1,
            suppress_tokens=NEVER,
        )[0, 1:]
        .tolist()
    )
    assert list(found.ids) == [token for token in theirs if token != END]


def test_texts_depend_neither_on_their_batch_nor_on_their_place() -> None:
    model = random_model("xglm")
    jobs = jobs_of(model, 64)
    whole = write(model, jobs, batch_texts=16)
    assert len({one.text for one in whole}) > 40
    assert write(model, jobs[::-1], batch_texts=16) == whole[::-1]
    assert [write(model, [job], batch_texts=16)[0] for job in jobs[:5]] == whole[:5]
    assert write(model, jobs[7:10], batch_texts=16) == whole[7:10]


@pytest.mark.parametrize("size", [1, 3, 64])
def test_texts_of_batches_of_other_sizes_are_the_same(size: int) -> None:
    """Not by construction but for want of a draw close enough to a border: see the module."""
    model = random_model("xglm")
    jobs = jobs_of(model, 64)
    assert write(model, jobs, batch_texts=size) == write(model, jobs, batch_texts=16)


def test_no_random_state_is_read_or_changed() -> None:
    model = random_model("xglm")
    jobs = jobs_of(model, 4)
    torch.manual_seed(1)
    first, state = write(model, jobs), torch.get_rng_state()
    torch.manual_seed(2)
    assert write(model, jobs) == first
    torch.manual_seed(1)
    assert torch.equal(torch.get_rng_state(), state)


class Fixed(torch.nn.Module):
    """In place of a head: the same logits at every position."""

    def __init__(self, logits: list[float]) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(len(logits), 1))
        self.logits = torch.tensor(logits)

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        return self.logits.expand(*states.shape[:-1], -1)


def with_logits(shares: dict[int, float], size: int) -> PreTrainedModel:
    """A model that gives each token its share at every position."""
    model = tiny_model()
    model.set_output_embeddings(Fixed([float(np.log(shares.get(n, 1e-30))) for n in range(size)]))
    return model


def drawn(model: PreTrainedModel, **more: Any) -> np.ndarray[Any, Any]:
    tokenizer = word_tokenizer(WORDS)
    texts = generate(
        model, tokenizer, [Job(None, seed) for seed in range(100)], max_new_tokens=50, **more
    )
    ids = np.concatenate([np.array(text.ids, dtype=np.int64) for text in texts])
    return np.bincount(ids, minlength=60) / len(ids)


def test_tokens_come_as_often_as_they_are_likely() -> None:
    shares = {5: 0.4, 9: 0.3, 30: 0.2, 59: 0.1}
    model = with_logits(shares, 60)
    frequency = drawn(model)
    assert {token: frequency[token] for token in shares} == pytest.approx(shares, abs=0.03)
    cooler = drawn(model, temperature=0.5)  # shares squared
    assert cooler[5] == pytest.approx(0.16 / 0.30, abs=0.03)
    nucleus = drawn(model, top_p=0.75)  # 0.4 + 0.3 is not enough
    assert nucleus[59] == 0
    assert nucleus[30] == pytest.approx(0.2 / 0.9, abs=0.03)
    assert drawn(model, top_p=0.7 - 1e-3)[30] == 0


def test_a_number_at_an_edge_belongs_to_what_begins_there() -> None:
    upto = np.array([[0.0, 0.5, 0.5, 1.0]] * 4)  # of which the first and the third have nothing
    places, left = _invert(upto, np.array([0.0, 0.5, np.nextafter(0.5, 0), 1.0]))
    assert places.tolist() == [1, 3, 1, 3]
    np.testing.assert_allclose(left, [0, 0, 0.5, 0.5])
    weights = torch.tensor([[0.25, 0.5, 0.25]])
    for top_p, kept in ((0.5, [0, 0.5, 0]), (0.51, [0.25, 0.5, 0]), (1e-9, [0, 0.5, 0])):
        assert _most_probable(weights, top_p).tolist() == [kept]


def test_special_and_nameless_tokens_are_never_drawn_and_end_of_text_ends() -> None:
    # 60 tokens, the model has logits for 300: more than one block, not whole blocks.
    model = with_logits({0: 0.2, 1: 0.2, 3: 0.2, 299: 0.1, 7: 0.2, 2: 0.1}, 300)
    frequency = drawn(model)
    assert frequency[7] == 1
    texts = generate(
        model, word_tokenizer(WORDS), [Job(None, seed) for seed in range(300)], max_new_tokens=30
    )
    lengths = np.array([len(text.ids) for text in texts])
    assert lengths.mean() == pytest.approx(2, abs=0.4)  # until a chance of 1 in 3 comes true
    assert all(text.ended for text in texts)
    assert texts[0].text == " ".join(["w3"] * lengths[0])


def test_texts_stay_within_the_positions_of_the_model() -> None:
    model = tiny_model()  # 160 positions
    model.set_output_embeddings(with_logits({7: 1.0}, 60).get_output_embeddings())
    (text,) = generate(model, word_tokenizer(WORDS), [Job(None, 0)], max_new_tokens=500)
    assert len(text.ids) == 160


def test_logits_that_are_not_finite_are_told() -> None:
    model = random_model("xglm")
    with torch.no_grad():
        next(model.parameters())[:] = torch.nan
    with pytest.raises(UserError, match="not finite"):
        write(model, [Job(None, 0)])
    model = random_model("xglm")
    held = forcing(model, 1)
    with pytest.raises(UserError, match=r"or lower steering\.factors"):
        write(model, [Job(replace(held, values=np.full(len(held.values), 1e39)), 0)])
