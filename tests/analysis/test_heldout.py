"""Held-out costs against a naive computation from transformers' whole logits."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from transformers import CohereConfig, CohereForCausalLM, PreTrainedModel

from analysis.errors import UserError
from analysis.heldout import HeldoutSettings, score_heldout
from analysis.tables import MEAN, columns
from tests.analysis.tiny import byte_tokenizer, tiny_xglm

TOKENIZER = byte_tokenizer()
EOS = 2
HELDOUT = {
    "en": ["A short one.", "x" * 7 + " longer than the context of twenty tokens, by far.", "b"],
    "es": ["¿Qué dice «</s>» aquí, y <pad>?", "Ñandú.", ""],
    "zh": ["你好，世界。", "他说：“好”。" * 5],
}
SMALL = HeldoutSettings(tokens_per_language=1000, context=20, batch_tokens=64, chunk_rows=7)


def _naive_bits(model: PreTrainedModel, text: str, context: int) -> float:
    """Bits of a document, window by window, one forward each, from the model's own logits."""
    # In this tokenizer a token is a byte, so the ids need no encoder.
    table = TOKENIZER.get_vocab()
    ids = [EOS] + [table[_byte_letter(byte)] for byte in text.encode()]
    nats = 0.0
    for first in range(0, len(ids) - 1, context):
        inputs, targets = ids[first : first + context], ids[first + 1 : first + context + 1]
        with torch.no_grad():
            logits = model(torch.tensor([inputs[: len(targets)]])).logits[0].double()
        logp = torch.log_softmax(logits, dim=-1)
        nats -= sum(float(logp[place, target]) for place, target in enumerate(targets))
    return nats / float(np.log(2))


def _byte_letter(byte: int) -> str:
    """The letter that stands for a byte in byte-level vocabularies (GPT-2's table)."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [value for value in range(256) if value not in plain]
    return chr(byte) if byte in plain else chr(256 + others.index(byte))


def _row(table: pd.DataFrame, language: str, metric: str) -> "pd.Series[Any]":
    rows = table[(table["language"] == language) & (table["metric"] == metric)]
    assert len(rows) == 1
    return rows.iloc[0]


def test_values_are_those_of_whole_logits() -> None:
    model = tiny_xglm()
    table = score_heldout(model, TOKENIZER, HELDOUT, SMALL)
    assert list(table.columns) == columns("heldout")
    assert list(table["language"].unique()) == ["en", "es", "zh", MEAN]
    assert len(table) == 8
    naive: list[float] = []
    for language, texts in HELDOUT.items():
        bits = sum(_naive_bits(model, text, 20) for text in texts)
        size = sum(len(text.encode()) for text in texts)
        for metric in ("bits_per_byte", "bits_per_token"):
            row = _row(table, language, metric)
            assert row["value"] == pytest.approx(bits / size, rel=1e-5)
            assert row["chance"] == pytest.approx(np.log2(260))
            assert row["tokens"] == row["bytes"] == size
            assert row["documents"] == sum(1 for text in texts if text)
            assert row["low"] <= row["value"] <= row["high"]
        naive.append(bits / size)
    mean = _row(table, MEAN, "bits_per_byte")
    assert mean["value"] == pytest.approx(np.mean(naive), rel=1e-5)
    assert mean["documents"] == 7
    assert mean["bytes"] == sum(len(text.encode()) for own in HELDOUT.values() for text in own)
    spread = [_row(table, code, "bits_per_byte") for code in HELDOUT]
    assert mean["low"] < mean["value"] < mean["high"]
    assert mean["high"] - mean["low"] < max(row["high"] - row["low"] for row in spread)


def test_a_document_within_the_context_costs_the_models_own_loss() -> None:
    model = tiny_xglm()
    text = "Nothing but a sentence."
    ids = torch.tensor([[EOS, *TOKENIZER(text)["input_ids"]]])
    with torch.no_grad():
        loss = model(ids, labels=ids).loss.item()
    table = score_heldout(model, TOKENIZER, {"en": [text]}, HeldoutSettings(context=60))
    row = _row(table, "en", "bits_per_token")
    assert row["value"] == pytest.approx(loss / np.log(2), rel=1e-5)
    # One document says nothing about the spread between documents.
    assert np.isnan(row["low"])
    assert np.isnan(_row(table, MEAN, "bits_per_token")["high"])


def test_bytes_are_the_texts_not_the_tokens() -> None:
    model = tiny_xglm()
    tokenizer = byte_tokenizer()
    tokenizer.add_tokens(["好"])
    model.resize_token_embeddings(261, mean_resizing=False)
    row = _row(
        score_heldout(model, tokenizer, {"zh": ["好好", "好a"]}, SMALL), "zh", "bits_per_byte"
    )
    assert (row["tokens"], row["bytes"]) == (4, 10)
    assert row["chance"] == pytest.approx(np.log2(261) * 4 / 10)
    per_token = _row(
        score_heldout(model, tokenizer, {"zh": ["好好", "好a"]}, SMALL), "zh", "bits_per_token"
    )
    assert row["value"] == pytest.approx(per_token["value"] * 4 / 10)


def test_the_interval_of_the_mean_is_that_of_the_mean_over_languages() -> None:
    # Every token costs the same, and Chinese ones hold three bytes. English has far more text,
    # which counts no more for that; nothing varies between the documents of a language.
    model = tiny_xglm()
    tokenizer = byte_tokenizer()
    tokenizer.add_tokens(["好"])
    model.resize_token_embeddings(261, mean_resizing=False)
    with torch.no_grad():
        model.get_output_embeddings().weight.zero_()
    heldout = {"en": ["a" * length for length in range(10, 40)], "zh": ["好", "好好"]}
    row = _row(score_heldout(model, tokenizer, heldout, SMALL), MEAN, "bits_per_byte")
    bits = np.log2(261)
    expected = (bits + bits / 3) / 2
    assert [row["low"], row["value"], row["high"]] == pytest.approx([expected] * 3, rel=1e-5)


def test_a_head_without_knowledge_costs_what_chance_costs() -> None:
    model = tiny_xglm()
    head = model.get_output_embeddings()
    with torch.no_grad():
        head.weight.zero_()
    table = score_heldout(model, TOKENIZER, HELDOUT, SMALL)
    np.testing.assert_allclose(table["value"], table["chance"], rtol=1e-6)


@pytest.mark.parametrize(("batch_tokens", "chunk_rows"), [(1, 1), (33, 1000), (10_000, 13)])
def test_batch_and_chunk_do_not_matter(batch_tokens: int, chunk_rows: int) -> None:
    chosen = HeldoutSettings(
        tokens_per_language=1000, context=20, batch_tokens=batch_tokens, chunk_rows=chunk_rows
    )
    table = score_heldout(tiny_xglm(), TOKENIZER, HELDOUT, chosen)
    reference = score_heldout(tiny_xglm(), TOKENIZER, HELDOUT, SMALL)
    pd.testing.assert_frame_equal(table, reference, rtol=1e-5)


def test_the_same_table_to_the_last_bit_without_touching_global_state() -> None:
    model = tiny_xglm()
    first = score_heldout(model, TOKENIZER, HELDOUT, SMALL)
    torch.manual_seed(5)
    state = torch.get_rng_state()
    second = score_heldout(model, TOKENIZER, HELDOUT, SMALL)
    assert torch.equal(torch.get_rng_state(), state)
    pd.testing.assert_frame_equal(first, second, check_exact=True)


def test_logits_exist_only_in_chunks() -> None:
    model = tiny_xglm()
    rows: list[int] = []
    model.get_output_embeddings().register_forward_hook(
        lambda _, __, out: rows.append(out.numel() // out.shape[-1])
    )
    score_heldout(model, TOKENIZER, HELDOUT, SMALL)
    assert max(rows) == SMALL.chunk_rows
    # Two rows of trial on either way; beyond them every token once.
    tokens = sum(len(text.encode()) for own in HELDOUT.values() for text in own)
    assert sum(rows) == tokens + 4


def test_documents_are_scored_whole_until_there_are_enough_tokens() -> None:
    texts = ["a" * 30, "b" * 30, "c" * 30, "d" * 30]
    chosen = HeldoutSettings(tokens_per_language=31, context=20)
    table = score_heldout(tiny_xglm(), TOKENIZER, {"en": texts}, chosen)
    alone = score_heldout(tiny_xglm(), TOKENIZER, {"en": texts[:2]}, SMALL)
    row = _row(table, "en", "bits_per_byte")
    assert (row["documents"], row["tokens"]) == (2, 60)
    assert row["value"] == pytest.approx(_row(alone, "en", "bits_per_byte")["value"])


def test_windows_stay_within_the_models_positions() -> None:
    model = tiny_xglm()
    model.config.max_position_embeddings = 20
    wide = HeldoutSettings(tokens_per_language=1000, context=500)
    table = score_heldout(model, TOKENIZER, HELDOUT, wide)
    reference = score_heldout(tiny_xglm(), TOKENIZER, HELDOUT, SMALL)
    pd.testing.assert_frame_equal(table, reference, rtol=1e-5)


def test_logits_that_are_not_the_heads_output_are_refused() -> None:
    config = CohereConfig(
        vocab_size=260,
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        logit_scale=0.5,
        initializer_range=0.5,
    )
    with pytest.raises(UserError, match="logits of CohereForCausalLM are not its output layer's"):
        score_heldout(CohereForCausalLM(config).eval(), TOKENIZER, HELDOUT, SMALL)


def test_bad_input_gets_one_line() -> None:
    with pytest.raises(UserError, match="language 'sw' has no held-out token"):
        score_heldout(tiny_xglm(), TOKENIZER, HELDOUT | {"sw": [""]}, SMALL)
    with pytest.raises(UserError, match="has 260 tokens, the model has embeddings for 250"):
        score_heldout(tiny_xglm(250), TOKENIZER, HELDOUT, SMALL)
    broken = tiny_xglm()
    with torch.no_grad():
        broken.base_model.layers[0].fc2.bias[0] = float("nan")  # type: ignore[index, union-attr]
    with pytest.raises(UserError, match="the loss on language 'en' is not finite"):
        score_heldout(broken, TOKENIZER, HELDOUT, SMALL)
    for field in ("tokens_per_language", "context", "batch_tokens", "chunk_rows"):
        wrong: dict[str, Any] = {field: 0}
        with pytest.raises(UserError, match=f"heldout: {field} is 0"):
            HeldoutSettings(**wrong)
