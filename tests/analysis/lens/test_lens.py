"""The logit lens: a planted pivot is seen where it is, numbers by naive loops."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from analysis.activations.readout import Readout
from analysis.errors import UserError
from analysis.lens import attribution
from analysis.lens import lens as module
from analysis.lens.lens import _masses, lens_by_language
from analysis.lens.settings import LensSettings
from analysis.tables import NONE, columns
from tests.analysis.lens.planted import LANGUAGES, documents, planted_model
from tests.analysis.tiny import byte_tokenizer, tiny_xglm

TOKENIZER = byte_tokenizer()
HELDOUT = {
    "en": ["A short one.", "Why, a longer one than the context is, by far.", "A big bad wolf."],
    "es": ["¿Qué dice «</s>» aquí, y <pad>?", "Ñandú, ñandú.", "", "Otra cosa más."],
    "zh": ["你好，世界。", "他说：“好”。", "不对，不对。"],
}
SMALL = LensSettings(
    tokens_per_language=11, context=20, tokens_per_window=3, purity=0.6, batch_tokens=64,
    chunk_rows=7,
)  # fmt: skip


def cell(table: pd.DataFrame, depth: int, language: str, predicted: str) -> "pd.Series[Any]":
    rows = table[
        (table["depth"] == depth)
        & (table["language"] == language)
        & (table["predicted"] == predicted)
    ]
    assert len(rows) == 1
    return rows.iloc[0]


def test_the_planted_pivot_is_english_in_the_middle_and_nowhere_else() -> None:
    table = lens_by_language(*planted_model(), documents(), LensSettings())
    for language in LANGUAGES:
        own = [cell(table, depth, language, language) for depth in range(3)]
        assert 0.3 < own[0]["text"] < 0.7
        # A word's own direction leads first and last, and between them the pivot's.
        for depth in (0, 2):
            assert own[depth]["value"] == pytest.approx(own[0]["text"], abs=1e-3)
            assert own[depth]["chance"] == pytest.approx(0, abs=1e-3)
            assert cell(table, depth, language, NONE)["value"] == pytest.approx(
                1 - own[0]["text"], abs=1e-3
            )
        pivot = cell(table, 1, language, "en")
        assert pivot["value"] == pytest.approx(own[0]["text"], abs=1e-3)
        assert pivot["low"] <= pivot["value"] <= pivot["high"]
        if language != "en":
            assert own[1]["value"] == pytest.approx(0, abs=1e-3)
    elsewhere = [cell(table, 1, language, "en")["value"] for language in LANGUAGES[1:]]
    assert cell(table, 1, "es", "en")["chance"] == pytest.approx(np.mean(elsewhere))
    assert set(table["uniform"].round(6)) == {round(3 / 26, 6), round(14 / 26, 6)}
    assert set(table["tokens"]) == {128}


def test_entries_of_the_head_that_no_token_has_belong_to_none() -> None:
    model, tokenizer = planted_model()
    small = lens_by_language(model, tokenizer, documents(), LensSettings())
    model.resize_token_embeddings(40, mean_resizing=False)
    with torch.no_grad():
        model.model.embed_tokens.weight[26:] = 0
    table = lens_by_language(model, tokenizer, documents(), LensSettings())
    share = table.groupby("predicted")["uniform"].first()
    assert share["es"] == pytest.approx(3 / 40)
    assert share[NONE] == pytest.approx((14 + 14) / 40)
    own = table["language"] == table["predicted"]
    np.testing.assert_allclose(table[own]["value"], small[own]["value"], atol=1e-3)


def test_a_state_far_smaller_than_its_neighbours_is_read_as_well() -> None:
    head = torch.nn.Linear(2, 4, bias=False)
    with torch.no_grad():
        head.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]]))
    states = np.array([[[2000.0, 0.0], [1.0, 0.0]]], dtype=np.float32)
    owner_V = np.array([0, 0, 1, 1])
    mass = _masses(Readout((), head), states, owner_V, 2, 512)
    logits = np.array([1.0, 0.0, -1.0, 0.0])
    expected = np.exp(logits) / np.exp(logits).sum()
    np.testing.assert_allclose(mass[0, 0], [1, 0], atol=1e-6)
    np.testing.assert_allclose(mass[0, 1], [expected[:2].sum(), expected[2:].sum()], rtol=1e-5)


def test_the_table_is_what_whole_logits_give(monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny_xglm()
    drawn: dict[str, list[Any]] = {}
    real = module._draw

    def recorded(*args: Any) -> Any:
        drawn[args[2]] = real(*args)
        return drawn[args[2]]

    owners: list[Any] = []
    real_attribute = attribution.attribute

    def attributed(*args: Any) -> Any:
        owners.append(real_attribute(*args))
        return owners[-1]

    monkeypatch.setattr(module, "_draw", recorded)
    monkeypatch.setattr(module, "attribute", attributed)
    table = lens_by_language(model, TOKENIZER, HELDOUT, SMALL)
    (owner_V,) = owners
    assert [set(owner_V) >= {0, 1, 2, 3}, len(owner_V)] == [True, 260]
    names = [*HELDOUT, NONE]
    means: dict[tuple[int, str, str], float] = {}
    norm = model.base_model.get_submodule("layer_norm")
    for language, windows in drawn.items():
        assert sum(len(window.places) for window in windows) == 11
        masses: list[list[Any]] = [[], [], []]
        for window in windows:
            assert window.ids[0] == 2
            assert 0 not in window.places
            with torch.no_grad():
                whole = model(torch.from_numpy(window.ids)[None], output_hidden_states=True)
                states = whole.hidden_states
                logits = [
                    torch.nn.functional.linear(norm(states[0][0]), model.lm_head.weight),
                    torch.nn.functional.linear(norm(states[1][0]), model.lm_head.weight),
                    whole.logits[0],  # the last depth is the model's own prediction
                ]
            for depth in range(3):
                p_TV = torch.softmax(logits[depth].double(), dim=-1).numpy()
                masses[depth] += [
                    [p_TV[place][owner_V == owner].sum() for owner in range(4)]
                    for place in window.places
                ]
        ids = np.concatenate([window.ids[window.places] for window in windows])
        for depth in range(3):
            for owner, name in enumerate(names):
                means[depth, language, name] = np.mean([mass[owner] for mass in masses[depth]])
                row = cell(table, depth, language, name)
                assert row["text"] == pytest.approx(np.mean(owner_V[ids] == owner))
                assert row["uniform"] == pytest.approx(np.mean(owner_V == owner))
                assert [row["tokens"], row["documents"]] == [
                    11, len({window.document for window in windows}),
                ]  # fmt: skip
    assert list(table.columns) == columns("lens")
    assert len(table) == len(means) == 3 * 3 * 4
    for (depth, language, name), mean in means.items():
        row = cell(table, depth, language, name)
        assert row["value"] == pytest.approx(mean, rel=1e-4)
        others = [means[depth, other, name] for other in HELDOUT if other != name]
        assert row["chance"] == pytest.approx(np.mean(others), rel=1e-4)


@pytest.mark.parametrize(("batch_tokens", "chunk_rows"), [(1, 1), (10_000, 10_000)])
def test_batch_and_chunk_do_not_matter(batch_tokens: int, chunk_rows: int) -> None:
    torch.manual_seed(5)
    first = lens_by_language(tiny_xglm(), TOKENIZER, HELDOUT, SMALL)
    state = torch.get_rng_state()
    other = replace(SMALL, batch_tokens=batch_tokens, chunk_rows=chunk_rows)
    model = tiny_xglm()
    torch.set_rng_state(state)
    second = lens_by_language(model, TOKENIZER, HELDOUT, other)
    assert torch.equal(torch.get_rng_state(), state)
    pd.testing.assert_frame_equal(first, second, rtol=1e-4)


def test_logits_exist_only_in_chunks_of_states_that_are_read() -> None:
    model = tiny_xglm()
    rows: list[int] = []
    head = model.get_output_embeddings()
    assert head is not None
    head.register_forward_hook(lambda _, __, out: rows.append(out.numel() // out.shape[-1]))
    lens_by_language(model, TOKENIZER, HELDOUT, SMALL)
    assert max(rows) == 7
    # Four forwards of two tokens are trials; then 11 tokens of three languages at three depths.
    assert sum(rows) == 4 * 2 + 11 * 3 * 3


def test_documents_that_attribute_are_not_read() -> None:
    heldout = {code: [f"{code} {n:02d}" for n in range(20)] for code in ("en", "es")}
    read: list[str] = []
    model = tiny_xglm()
    model.base_model.register_forward_pre_hook(
        lambda _, __, kwargs: read.extend(TOKENIZER.batch_decode(kwargs["input_ids"])),
        with_kwargs=True,
    )
    lens_by_language(model, TOKENIZER, heldout, replace(SMALL, tokens_per_language=1000))
    numbers = {text.split()[1][:2] for text in read if text.startswith("</s>en ")}
    assert len(numbers) == 10


def test_where_text_is_short_all_of_it_is_read_and_one_document_has_no_interval() -> None:
    table = lens_by_language(
        tiny_xglm(), TOKENIZER, {"en": ["ab", "ac"], "es": HELDOUT["es"]}, SMALL
    )
    english = table[table["language"] == "en"]
    assert set(english["tokens"]) == {2}
    assert english[["low", "high"]].isna().all(axis=None)
    assert table[["value", "chance"]].notna().all(axis=None)
    alone = lens_by_language(tiny_xglm(), TOKENIZER, {"en": HELDOUT["en"]}, SMALL)
    assert [len(alone), list(alone.columns)] == [0, columns("lens")]


def test_bad_input_gets_one_line() -> None:
    with pytest.raises(UserError, match="'sw' has 1 distinct documents, lens needs 2"):
        lens_by_language(tiny_xglm(), TOKENIZER, HELDOUT | {"sw": ["a"]}, SMALL)
    with pytest.raises(UserError, match="has 260 tokens, the model has embeddings for 250"):
        lens_by_language(tiny_xglm(250), TOKENIZER, HELDOUT, SMALL)
    broken = tiny_xglm()
    with torch.no_grad():
        broken.base_model.get_submodule("layers.0.fc2").get_parameter("bias")[0] = float("nan")
    with pytest.raises(UserError, match="states at depth 1 are not finite"):
        lens_by_language(broken, TOKENIZER, HELDOUT, SMALL)
    with torch.no_grad():
        unread = tiny_xglm()
        unread.base_model.get_submodule("layer_norm").get_parameter("bias")[0] = float("inf")
    with pytest.raises(UserError, match="the head's logits are not finite"):
        lens_by_language(unread, TOKENIZER, HELDOUT, SMALL)
    for field in ("tokens_per_language", "tokens_per_window", "attribution_tokens", "chunk_rows"):
        wrong: dict[str, Any] = {field: 0}
        with pytest.raises(UserError, match=f"lens: {field} is 0"):
            LensSettings(**wrong)
    for wrong in ({"purity": 1.0}, {"attribution_share": 0.0}, {"context": 1}, {"purity": 0.4}):
        with pytest.raises(UserError, match=f"lens: {next(iter(wrong))} is"):
            LensSettings(**wrong)
