from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import torch
from transformers import PreTrainedModel

from analysis.activations.responses import (
    Pooling,
    Tokens,
    longest_sentence,
    pooled_responses,
    tokenize,
)
from analysis.activations.units import find_units
from analysis.errors import UserError
from tests.analysis.activations.tiny import CONFIGS, WORDS, tiny_model, word_tokenizer

TOKENIZER = word_tokenizer(WORDS)
MASKED = Pooling("max", padded_to=None, special_tokens=False)
COUNTED = Pooling("max", padded_to=128, special_tokens=True)
MEAN = Pooling("mean", padded_to=None, special_tokens=True)


def sentences(count: int = 12, seed: int = 0) -> list[str]:
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(WORDS, size=rng.integers(1, 14))) for _ in range(count)]


def outputs_of(
    model: PreTrainedModel, ids: list[int], mask: list[int] | None = None
) -> torch.Tensor:
    """All linear outputs of one sentence, (positions, units), through the whole model."""
    kept: list[torch.Tensor] = []
    handles = [
        model.get_submodule(group.module).register_forward_hook(
            lambda _m, _a, output: kept.append(output.reshape(len(ids), -1))
        )
        for group in find_units(model)
    ]
    with torch.no_grad():
        attention = None if mask is None else torch.tensor([mask])
        model(input_ids=torch.tensor([ids]), attention_mask=attention)
    for handle in handles:
        handle.remove()
    order = [group.module for group in find_units(model)]
    assert len(kept) == len(order)
    return torch.cat(_in_model_order(model, kept), dim=1)


def _in_model_order(model: PreTrainedModel, kept: list[torch.Tensor]) -> list[torch.Tensor]:
    """Hooks fire in the order of the forward, which for OPT, XGLM and Llama is not the model's."""
    groups = find_units(model)
    fired: list[str] = []
    handles = [
        model.get_submodule(group.module).register_forward_hook(
            lambda _m, _a, _o, name=group.module: fired.append(name)
        )
        for group in groups
    ]
    with torch.no_grad():
        model(input_ids=torch.tensor([[4, 5]]))
    for handle in handles:
        handle.remove()
    by_name = dict(zip(fired, kept, strict=True))
    return [by_name[group.module] for group in groups]


def close(ours: torch.Tensor, theirs: torch.Tensor) -> None:
    scale = theirs.abs().amax(dim=0).clamp(min=1.0)
    assert ((ours - theirs).abs() / scale).max() < 1e-5


@pytest.mark.parametrize("family", list(CONFIGS))
def test_responses_are_what_hooks_on_one_sentence_at_a_time_give(family: str) -> None:
    model = tiny_model(family)
    tokens = tokenize(TOKENIZER, sentences())
    groups = find_units(model)
    every = [outputs_of(model, list(sentence.ids)) for sentence in tokens]
    ours = pooled_responses(model, TOKENIZER, tokens, groups, MASKED, batch_tokens=40)
    close(ours, torch.stack([x[1:].amax(dim=0) for x in every]))
    ours = pooled_responses(model, TOKENIZER, tokens, groups, MEAN, batch_tokens=40)
    close(ours, torch.stack([x.mean(dim=0) for x in every]))


@pytest.mark.parametrize("family", ["xglm", "gpt2"])
def test_counted_padding_is_end_of_text_up_to_128_positions(family: str) -> None:
    model = tiny_model(family)
    tokens = tokenize(TOKENIZER, sentences(5))
    ours = pooled_responses(model, TOKENIZER, tokens, find_units(model), COUNTED, batch_tokens=300)
    theirs = []
    for sentence in tokens:
        filling = 128 - len(sentence.ids)
        mask = [1] * len(sentence.ids) + [0] * filling
        theirs.append(outputs_of(model, [*sentence.ids, *[2] * filling], mask).amax(dim=0))
    close(ours, torch.stack(theirs))
    masked = pooled_responses(model, TOKENIZER, tokens, find_units(model), MASKED)
    assert (ours >= masked - 1e-4).all()
    assert (ours > masked + 1e-3).float().mean() > 0.1, "padding was not pooled over"


def test_results_stand_in_the_order_given_whatever_the_batches() -> None:
    model = tiny_model()
    tokens = tokenize(TOKENIZER, sentences(30, seed=3))
    groups = find_units(model)
    whole = pooled_responses(model, TOKENIZER, tokens, groups, MASKED, batch_tokens=10_000)
    for batch_tokens in (1, 17, 64):
        close(
            pooled_responses(model, TOKENIZER, tokens, groups, MASKED, batch_tokens=batch_tokens),
            whole,
        )
    turned = pooled_responses(model, TOKENIZER, tokens[::-1], groups, MASKED)
    close(turned.flip(0), whole)
    assert (whole[0] - whole[1]).abs().max() > 0.1


def test_some_groups_give_the_same_numbers_as_all() -> None:
    model = tiny_model("llama")
    tokens = tokenize(TOKENIZER, sentences(4))
    groups = find_units(model)
    every = pooled_responses(model, TOKENIZER, tokens, groups, MASKED)
    start = sum(group.width for group in groups[:5])
    some = pooled_responses(model, TOKENIZER, tokens, groups[5:8], MASKED)
    assert torch.equal(some, every[:, start : start + some.shape[1]])


def test_the_tokens_fed_are_the_tokenizers_default_and_spelt_out_specials_are_text() -> None:
    first, second = tokenize(TOKENIZER, ["w0 w1", "w0<pad>"])
    assert first.ids == (2, 4, 5)
    assert first.special == (True, False, False)
    assert second.ids == (2, 3), "a special token's spelling must not become the token"


@contextmanager
def _unhooked(model: PreTrainedModel) -> Iterator[None]:
    yield
    assert not any(module._forward_hooks for module in model.modules())


def test_no_logits_are_computed_and_no_hook_remains() -> None:
    model = tiny_model()

    def refuse(*_: Any) -> None:
        raise AssertionError("the head was called")

    model.lm_head.register_forward_pre_hook(refuse)
    with _unhooked(model):
        pooled_responses(model, TOKENIZER, tokenize(TOKENIZER, ["w1"]), find_units(model), MASKED)


def test_hooks_are_gone_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny_model()

    def fail(*_: Any, **__: Any) -> None:
        assert model.get_submodule("model.layers.0.fc1")._forward_hooks
        raise RuntimeError("in the forward")

    monkeypatch.setattr(model.model.layers[1], "forward", fail)
    with _unhooked(model), pytest.raises(RuntimeError, match="in the forward"):
        pooled_responses(
            model, TOKENIZER, tokenize(TOKENIZER, ["w1 w2"]), find_units(model), MASKED
        )


def test_out_of_memory_names_the_setting_that_halves_it(monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny_model()

    def fail(*_: Any, **__: Any) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(model.model, "forward", fail)
    with (
        _unhooked(model),
        pytest.raises(UserError, match=r"experts.batch_tokens: .* 32 instead of 64"),
    ):
        pooled_responses(
            model, TOKENIZER, tokenize(TOKENIZER, ["w1"]), find_units(model), MASKED,
            batch_tokens=64,
        )  # fmt: skip


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_response_that_is_not_finite_names_its_module(value: float) -> None:
    model = tiny_model()
    with torch.no_grad():
        model.get_parameter("model.layers.1.fc2.bias")[3] = value
    tokens = tokenize(TOKENIZER, sentences(3))
    with pytest.raises(UserError, match=r"^model.layers.1.fc2: a response is not finite"):
        pooled_responses(model, TOKENIZER, tokens, find_units(model), MASKED)


def test_sentences_that_cannot_be_read_are_refused() -> None:
    model = tiny_model()
    groups = find_units(model)
    with pytest.raises(
        UserError, match=r"sentence 'w1 w1 .*\.\.\.': it has 201 tokens, but 160 can"
    ):
        pooled_responses(model, TOKENIZER, tokenize(TOKENIZER, ["w1", "w1 " * 200]), groups, MASKED)
    with pytest.raises(UserError, match="it has 151 tokens, but 128 can be read"):
        pooled_responses(model, TOKENIZER, tokenize(TOKENIZER, ["w1 " * 150]), groups, COUNTED)
    with pytest.raises(UserError, match="sentence '': it has no token of its own"):
        pooled_responses(model, TOKENIZER, tokenize(TOKENIZER, [""]), groups, MASKED)


def test_a_model_with_fewer_positions_than_are_filled_up_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = tiny_model()
    monkeypatch.setattr(model.config, "max_position_embeddings", 128)
    assert longest_sentence(model, COUNTED, 999) == 128
    monkeypatch.setattr(model.config, "max_position_embeddings", 127)
    told = "experts.preset: sentences are filled up to 128 positions, as suau2022 .* has 127"
    for read in (
        lambda: longest_sentence(model, COUNTED, 20),
        lambda: pooled_responses(
            model, TOKENIZER, tokenize(TOKENIZER, ["w1"]), find_units(model), COUNTED
        ),
    ):
        with pytest.raises(UserError, match=told):
            read()
    assert longest_sentence(model, MASKED, 999) == 127


def test_a_module_that_the_forward_passes_by_is_named() -> None:
    model = tiny_model()
    model.model.layers[1].extra = torch.nn.Linear(3, 5)
    with pytest.raises(UserError, match=r"^model.layers.1.extra: the model's forward doesn't"):
        pooled_responses(model, TOKENIZER, [Tokens((4,), (False,))], find_units(model), MASKED)


def test_neither_weights_nor_the_random_state_change() -> None:
    model = tiny_model()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    state = torch.get_rng_state()
    pooled_responses(model, TOKENIZER, tokenize(TOKENIZER, sentences()), find_units(model), MASKED)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
