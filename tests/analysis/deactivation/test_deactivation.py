"""Deactivation: planted neurons carry their language, random ones nothing; numbers by hand."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from transformers import MixtralConfig, MixtralForCausalLM

from analysis.activations.neurons import find_neurons, silenced
from analysis.deactivation import deactivation as module
from analysis.deactivation.deactivation import choose_neurons, deactivate_languages
from analysis.deactivation.settings import DeactivationSettings
from analysis.errors import UserError
from analysis.heldout import HeldoutSettings, score_heldout
from analysis.parts import two_parts
from analysis.seeds import stream
from analysis.tables import columns
from tests.analysis.deactivation.planted import CARRIERS, carrying_model
from tests.analysis.lape.planted import LANGUAGES, PLANTED, documents
from tests.analysis.tiny import byte_tokenizer, tiny_xglm

TOKENIZER = byte_tokenizer()
HELDOUT = {
    "en": ["A short one.", "x" * 7 + " longer than the context of twenty tokens, by far.", "b"],
    "es": ["¿Qué dice «</s>» aquí, y <pad>?", "Ñandú.", "", "Otra cosa más."],
    "zh": ["你好，世界。", "他说：“好”。", "不对。"],
}
PLAIN = DeactivationSettings(share=4 / 160, context=64)
SMALL = DeactivationSettings(
    share=0.1, quantile=0.8, context=20, batch_tokens=64, chunk_rows=7, random_draws=2
)


def test_without_its_neurons_a_language_pays_and_no_other_does() -> None:
    table = deactivate_languages(*carrying_model(), documents(), PLAIN)
    assert len(table) == 16
    for row in table.to_dict("records"):
        assert row["neurons"] == 4
        pays = row["neurons_of"] == row["language"] and row["neurons_of"] in CARRIERS.values()
        if pays:
            assert row["low"] > 0.1, row
            assert row["value"] > row["chance"] + 0.1, row
        else:
            assert row["value"] == pytest.approx(0, abs=0.02), row


def test_values_are_those_of_a_model_whose_weights_are_zeroed() -> None:
    """In XGLM a neuron that is zero is a column of fc2 that is."""
    model = tiny_xglm()
    table = deactivate_languages(model, TOKENIZER, HELDOUT, SMALL)
    chosen_on, scored_on = two_parts(HELDOUT, 0.5, 0, "deactivation")
    groups = find_neurons(model)
    neurons = choose_neurons(model, TOKENIZER, chosen_on, groups, SMALL)
    scoring = HeldoutSettings(tokens_per_language=1024, context=20)

    def costs(units: list[Any]) -> "pd.Series[float]":
        changed = tiny_xglm()
        with torch.no_grad():
            for layer, own in enumerate(units):
                changed.get_submodule(f"model.layers.{layer}.fc2").get_parameter("weight")[
                    :, torch.as_tensor(own, dtype=torch.int64)
                ] = 0
        scored = score_heldout(changed, TOKENIZER, scored_on, scoring)
        return scored[scored["metric"] == "bits_per_byte"].set_index("language")["value"]

    whole = costs([[], []])
    for language, units in neurons.items():
        size = sum(map(len, units))
        assert 0 < size <= 6
        draws = []
        for draw in range(2):
            rng = stream(0, "deactivation.random", language, draw)
            draws.append(costs([rng.choice(32, size=len(own), replace=False) for own in units]))
        for row in table[table["neurons_of"] == language].to_dict("records"):
            at = row["language"]
            assert row["neurons"] == size
            assert row["bits_per_byte"] == pytest.approx(whole[at], rel=1e-5)
            assert row["value"] == pytest.approx(costs(units)[at] - whole[at], abs=1e-5)
            random = np.mean([each[at] for each in draws]) - whole[at]
            assert row["chance"] == pytest.approx(random, abs=1e-5)
            assert row["documents"] == len(scored_on[at])
            if row["documents"] > 1:
                assert row["low"] <= row["value"] <= row["high"]
    assert list(table.columns) == columns("deactivation")
    assert len(table) == 9


def test_a_languages_neurons_are_the_planted_ones_and_others_only_where_these_are_few() -> None:
    model, tokenizer = carrying_model()
    groups = find_neurons(model)
    found = choose_neurons(model, tokenizer, documents(), groups, PLAIN)
    assert list(found) == list(LANGUAGES)
    for language, units in found.items():
        chosen = {(layer, unit) for layer, own in enumerate(units) for unit in own.tolist()}
        planted = {place for place, languages in PLANTED.items() if language in languages}
        assert len(chosen) == 4
        assert planted <= chosen
    one = choose_neurons(model, tokenizer, documents(), groups, replace(PLAIN, share=1 / 160))
    english = [(layer, unit) for layer, own in enumerate(one["en"]) for unit in own.tolist()]
    assert len(english) == 1
    assert CARRIERS[english[0]] == "en"  # lower than those of two languages


def test_what_scores_chose_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    read: dict[str, set[str]] = {"chosen": set(), "scored": set()}
    real_choose, real_text = module.choose_neurons, module._text

    def choose(*args: Any) -> Any:
        read["chosen"] |= {text for texts in args[2].values() for text in texts}
        return real_choose(*args)

    def text(*args: Any) -> Any:
        read["scored"] |= {text for texts in args[1].values() for text in texts}
        return real_text(*args)

    monkeypatch.setattr(module, "choose_neurons", choose)
    monkeypatch.setattr(module, "_text", text)
    deactivate_languages(tiny_xglm(), TOKENIZER, HELDOUT, SMALL)
    assert not read["chosen"] & read["scored"]
    assert read["chosen"] | read["scored"] == {text for own in HELDOUT.values() for text in own} - {
        ""
    }


@pytest.mark.parametrize("fails", [False, True])
def test_weights_and_hooks_are_as_before_even_after_a_failure(fails: bool) -> None:
    model = tiny_xglm()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    calls = 0

    def broken(*_: object) -> None:
        nonlocal calls
        calls += 1
        if calls > 20:
            raise RuntimeError("planted")

    handle = model.base_model.get_submodule("layers.1").register_forward_pre_hook(broken)
    if fails:
        with pytest.raises(RuntimeError, match="planted"):
            deactivate_languages(model, TOKENIZER, HELDOUT, replace(SMALL, batch_tokens=20))
    handle.remove()
    if not fails:
        deactivate_languages(model, TOKENIZER, HELDOUT, SMALL)
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, before[name]), name
    assert not any(one._forward_hooks or one._forward_pre_hooks for one in model.modules())


def test_the_same_table_whatever_the_batches_and_without_global_state() -> None:
    first = deactivate_languages(tiny_xglm(), TOKENIZER, HELDOUT, SMALL)
    model = tiny_xglm()
    torch.manual_seed(5)
    state = torch.get_rng_state()
    other = replace(SMALL, batch_tokens=10_000, chunk_rows=1000)
    second = deactivate_languages(model, TOKENIZER, HELDOUT, other)
    assert torch.equal(torch.get_rng_state(), state)
    pd.testing.assert_frame_equal(first, second, atol=1e-5)


def test_bad_input_gets_one_line() -> None:
    alone = deactivate_languages(tiny_xglm(), TOKENIZER, {"en": HELDOUT["en"]}, SMALL)
    assert [len(alone), list(alone.columns)] == [0, columns("deactivation")]
    with pytest.raises(UserError, match="'sw' has 1 distinct documents, deactivation needs 2"):
        deactivate_languages(tiny_xglm(), TOKENIZER, HELDOUT | {"sw": ["a"]}, SMALL)
    config = MixtralConfig(
        vocab_size=260, hidden_size=16, intermediate_size=24, num_hidden_layers=1,
        num_attention_heads=2, num_key_value_heads=1, num_local_experts=2,
    )  # fmt: skip
    with pytest.raises(UserError, match=r"MixtralForCausalLM is not .* set deactivation to null"):
        deactivate_languages(MixtralForCausalLM(config).eval(), TOKENIZER, HELDOUT, SMALL)
    for field in ("tokens_per_language", "choosing_tokens", "random_draws", "chunk_rows"):
        wrong: dict[str, Any] = {field: 0}
        with pytest.raises(UserError, match=f"deactivation: {field} is 0"):
            DeactivationSettings(**wrong)
    for wrong in ({"share": 1.0}, {"choosing_share": 0.0}, {"quantile": 1.0}, {"context": 1}):
        with pytest.raises(UserError, match=f"deactivation: {next(iter(wrong))} is"):
            DeactivationSettings(**wrong)


def test_memory_that_does_not_suffice_names_this_analysis(monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny_xglm()
    real = model.base_model.forward
    left = 0

    def forward(*args: Any, **kwargs: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise torch.OutOfMemoryError
        return real(*args, **kwargs)

    monkeypatch.setattr(model.base_model, "forward", forward)
    for passes in (2, 12):  # past the trial: while neurons are chosen, and while text is scored
        left = passes
        with pytest.raises(UserError, match=r"deactivation\.batch_tokens: .* 32 instead of 64"):
            deactivate_languages(model, TOKENIZER, HELDOUT, SMALL)


def test_silence_of_no_neuron_changes_nothing() -> None:
    model = tiny_xglm()
    ids = torch.tensor([[5, 6, 7]])
    empty = [np.empty(0, dtype=np.int64)] * 2
    with torch.no_grad(), silenced(model, find_neurons(model), empty):
        assert not any(one._forward_pre_hooks for one in model.modules())
        assert model(ids).logits.isfinite().all()
