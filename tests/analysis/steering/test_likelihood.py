"""Losses of texts and of words against transformers' own loss and against sums over everything."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest
import torch
from transformers import CohereConfig, CohereForCausalLM, PreTrainedModel

from analysis.activations.units import find_units
from analysis.errors import UserError
from analysis.steering.forcing import Forcing
from analysis.steering.likelihood import text_losses, usual_forms, word_log_probabilities
from tests.analysis.activations.tiny import VOCABULARY, WORDS, tiny_model, word_tokenizer
from tests.analysis.concepts.lexicons import entry

TOKENIZER = word_tokenizer(WORDS)
START = 2
FAMILIES = ("xglm", "bloom", "llama", "opt")
TEXTS = [[5, 9, 3, 17, 30], [44], [], [8, 8, 8, 2, 8, 8, 59, 11, 12], [20, 21]]


def own_loss(model: PreTrainedModel, ids: list[int]) -> float:
    """What transformers says, one text at a time: the mean over tokens, times their number."""
    row = torch.tensor([[START, *ids]])
    with torch.no_grad():
        return float(model(row, labels=row).loss) * len(ids)


def forcing(model: PreTrainedModel, number: int, count: int = 6) -> Forcing:
    """Some units of every layer, held at large values."""
    rng = np.random.default_rng(number)
    groups = find_units(model)
    chosen = [groups[place % len(groups)] for place in range(count)]
    return Forcing(
        np.asarray([group.module for group in chosen]),
        np.asarray([place % group.width for place, group in enumerate(chosen)]),
        rng.normal(scale=5, size=count),
    )


def forced_own(model: PreTrainedModel, ids: list[int], held: Forcing) -> float:
    """The same with the units set by hooks of our own."""

    def hook_of(name: str) -> Callable[[object, object, torch.Tensor], torch.Tensor]:
        def hook(_module: object, _args: object, output: torch.Tensor) -> torch.Tensor:
            output = output.clone()
            for module, unit, value in zip(held.modules, held.units, held.values, strict=True):
                if module == name:
                    output[..., int(unit)] = float(value)
            return output

        return hook

    handles = [
        model.get_submodule(name).register_forward_hook(hook_of(name)) for name in set(held.modules)
    ]
    try:
        return own_loss(model, ids)
    finally:
        for handle in handles:
            handle.remove()


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("batch_tokens", [1, 12, 1000])
def test_losses_are_those_of_transformers(family: str, batch_tokens: int) -> None:
    model = tiny_model(family)
    losses = text_losses(model, TOKENIZER, TEXTS, batch_tokens=batch_tokens, chunk_rows=3)
    assert losses[2] == 0
    for ids, loss in zip(TEXTS, losses, strict=True):
        if ids:
            assert loss == pytest.approx(own_loss(model, ids), rel=1e-4)


def test_no_texts_and_no_words() -> None:
    assert text_losses(tiny_model(), TOKENIZER, []).shape == (0,)
    assert text_losses(tiny_model(), TOKENIZER, [[], []]).tolist() == [0, 0]
    assert word_log_probabilities(tiny_model(), TOKENIZER, [], []).shape == (0,)


def test_a_uniform_model_costs_the_logarithm_of_the_vocabulary() -> None:
    model = tiny_model("gpt2")
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    losses = text_losses(model, TOKENIZER, TEXTS)
    np.testing.assert_allclose(losses, [len(ids) * np.log(VOCABULARY) for ids in TEXTS], rtol=1e-6)
    both = word_log_probabilities(model, TOKENIZER, [["w1"], ["w1", "w2", "w3 w4"]], [None, None])
    expected = [1 / VOCABULARY, 2 / VOCABULARY + 1 / VOCABULARY**2]
    np.testing.assert_allclose(np.exp(both), expected, rtol=1e-6)


@pytest.mark.parametrize("family", FAMILIES)
def test_words_under_a_forcing_each(family: str) -> None:
    model = tiny_model(family)
    forms = ["w3", "w7 w8 w9", "w5 w5"]
    held = [None, forcing(model, 0), forcing(model, 1), None]
    found = word_log_probabilities(
        model, TOKENIZER, [forms, forms, forms, forms[:1]], held, batch_tokens=7, chunk_rows=2
    )
    for value, of_row, rows in zip(found, held, [forms, forms, forms, forms[:1]], strict=True):
        ids = [[int(word[1:]) + 4 for word in form.split()] for form in rows]
        losses = [
            own_loss(model, row) if of_row is None else forced_own(model, row, of_row)
            for row in ids
        ]
        assert value == pytest.approx(np.log(np.exp(-np.asarray(losses)).sum()), rel=1e-4)
    assert len(set(np.round(found, 3))) == 4
    # The forcings are gone afterwards.
    again = word_log_probabilities(model, TOKENIZER, [forms], [None])
    assert again[0] == pytest.approx(found[0], rel=1e-5)


def test_all_that_a_document_can_begin_with_adds_up_to_one() -> None:
    model = tiny_model("llama")
    words = [*WORDS, *(f"w3 {word}" for word in WORDS)]
    with torch.no_grad():
        first = torch.softmax(model(torch.tensor([[START]])).logits[0, 0].double(), -1)
    # All first words once, those behind "w3" being part of it; special tokens are no words.
    found = word_log_probabilities(model, TOKENIZER, [words, words[::-1]], [None, None])
    np.testing.assert_allclose(np.exp(found), float(first[4:].sum()), rtol=1e-5)


def test_forms_that_begin_with_another_and_the_same_twice_count_once() -> None:
    model = tiny_model()
    sets = [["w3"], ["w3 w4", "w3"], ["w3", "w3", "w3 w4 w5", ""], ["w3 w4", "w3 w4 w5"], ["w3 w4"]]
    found = word_log_probabilities(model, TOKENIZER, sets, [None] * 5)
    np.testing.assert_allclose(found[1:3], found[0], rtol=1e-5)
    assert found[3] == pytest.approx(found[4], rel=1e-5)
    assert found[4] < found[0]


def test_what_the_tokenizer_or_the_model_cannot_say_is_left_out() -> None:
    model = tiny_model()
    long = " ".join(["w1"] * 200)
    sets = [["w3"], ["w3", "unknown", "w4 unknown", long], ["unknown"], [long], [], [""]]
    found = word_log_probabilities(model, TOKENIZER, sets, [None] * 6)
    assert found[1] == pytest.approx(found[0], rel=1e-5)
    assert np.isnan(found[2:]).all()


def test_one_forcing_touches_no_other_entry() -> None:
    model = tiny_model("bloom")
    sets = [[word] for word in WORDS[:12]]
    bare = word_log_probabilities(model, TOKENIZER, sets, [None] * 12)
    held = [forcing(model, 5) if place % 3 == 0 else None for place in range(12)]
    for batch_tokens in (1, 5, 100):
        found = word_log_probabilities(model, TOKENIZER, sets, held, batch_tokens=batch_tokens)
        same = np.isclose(found, bare, rtol=1e-5)
        assert same.tolist() == [one is None for one in held]


def test_usual_forms_are_those_of_the_first_word_with_their_capitals() -> None:
    dog = entry("dog(/s/gy), hound")
    assert usual_forms(dog) == ["dog", "dogs", "doggy", "Dog", "Dogs", "Doggy"]
    assert usual_forms(dog, most=1) == ["dog", "Dog"]
    assert usual_forms(entry("狗, 小狗")) == ["狗"]
    assert usual_forms(entry("God")) == ["God"]
    assert usual_forms(entry("élan")) == ["élan", "Élan"]


def test_a_model_whose_head_is_not_all_is_refused() -> None:
    config = CohereConfig(
        vocab_size=VOCABULARY,
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        logit_scale=0.5,
        initializer_range=0.5,
    )
    with pytest.raises(UserError, match="are not its output layer's values"):
        text_losses(CohereForCausalLM(config).eval(), TOKENIZER, TEXTS)


def test_order_and_company_of_texts_do_not_matter() -> None:
    model = tiny_model("qwen")
    losses = text_losses(model, TOKENIZER, TEXTS)
    for order in itertools.islice(itertools.permutations(range(5)), 0, 120, 37):
        moved = text_losses(model, TOKENIZER, [TEXTS[place] for place in order], batch_tokens=10)
        np.testing.assert_allclose(moved, losses[list(order)], rtol=1e-5)
