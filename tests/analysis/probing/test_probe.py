"""The probing table: planted signals, chance, control task, determinism."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn
from transformers import PreTrainedModel

from analysis.activations.hidden import decoder_blocks
from analysis.errors import UserError
from analysis.probing.probe import control_labels, probe_languages
from analysis.probing.sampling import sample_tokens
from analysis.probing.settings import ProbingSettings
from analysis.tables import columns
from tests.analysis.tiny import byte_tokenizer, tiny_xglm

TOKENIZER = byte_tokenizer()
LETTERS = {"en": "abcdef", "es": "ghijkl", "sw": "mnopqr", "zh": "stuvwx"}
SMALL = ProbingSettings(tokens_per_language=80, context=40, seeds=2, l2=1e-2)


def _heldout(documents: int = 16, *, shuffled: bool = False) -> dict[str, list[str]]:
    """Documents whose letters tell the language; shuffled, they tell nothing."""
    rng = np.random.default_rng(0)
    texts = {
        code: ["".join(rng.choice(list(letters), size=60)) for _ in range(documents)]
        for code, letters in LETTERS.items()
    }
    if shuffled:
        pool = rng.permutation([text for own in texts.values() for text in own]).tolist()
        texts = {c: pool[n * documents : (n + 1) * documents] for n, c in enumerate(texts)}
    return texts


def _values(table: pd.DataFrame, task: str, metric: str, language: str = "all") -> pd.DataFrame:
    """Values by depth (rows) and probe seed (columns)."""
    rows = table[
        (table["task"] == task) & (table["metric"] == metric) & (table["language"] == language)
    ]
    return rows.pivot_table(index="depth", columns="seed", values="value")


@contextmanager
def _signal_at(model: PreTrainedModel, depth: int) -> Iterator[None]:
    """Add a direction of its own for each language to the output of a block, until the next one."""
    blocks = decoder_blocks(model)
    signal = torch.zeros(260, 16)
    for number, letters in enumerate(LETTERS.values()):
        signal[TOKENIZER(letters)["input_ids"], number] = 3.0
    current: list[torch.Tensor] = []
    handles = [
        model.base_model.register_forward_pre_hook(
            lambda _, __, kwargs: current.append(signal[kwargs["input_ids"]]), with_kwargs=True
        ),
        blocks[depth - 1].register_forward_hook(
            lambda _, __, out: (
                (out[0] + current[-1], *out[1:]) if isinstance(out, tuple) else out + current[-1]
            )
        ),
        blocks[depth].register_forward_pre_hook(lambda _, args: (args[0] - current[-1], *args[1:])),
    ]
    yield
    for handle in handles:
        handle.remove()


def test_a_planted_signal_is_found_where_it_is_and_nowhere_else() -> None:
    model = tiny_xglm(layers=3)
    embedding = model.get_input_embeddings()
    assert isinstance(embedding, nn.Embedding)
    with torch.no_grad():
        embedding.weight.zero_()  # states then know the position alone
    with _signal_at(model, 2):
        table = probe_languages(model, TOKENIZER, _heldout(), SMALL)
    accuracy = _values(table, "language", "accuracy")
    loss = _values(table, "language", "log_loss")
    assert (accuracy.loc[2] > 0.99).all()
    assert (loss.loc[2] < 0.3).all()
    # 80 test tokens a seed: the standard deviation of chance is 0.05
    assert (accuracy.loc[[0, 1, 3]] - 0.25).abs().to_numpy().max() < 0.2
    assert (loss.loc[[0, 1, 3]].to_numpy() > 1.2).all()
    for code in LETTERS:
        assert (_values(table, "language", "accuracy", code).loc[2] > 0.95).all()


def test_shuffled_languages_give_chance() -> None:
    chosen = ProbingSettings(tokens_per_language=200, context=61, seeds=2, l2=1e-1, control=False)
    table = probe_languages(tiny_xglm(), TOKENIZER, _heldout(40, shuffled=True), chosen)
    accuracy = _values(table, "language", "accuracy")
    assert (accuracy - 0.25).abs().to_numpy().max() < 0.12
    true = probe_languages(tiny_xglm(), TOKENIZER, _heldout(40), chosen)
    assert _values(true, "language", "accuracy").loc[0].min() > 0.9


def test_rows_and_chance_levels() -> None:
    table = probe_languages(tiny_xglm(), TOKENIZER, _heldout(), SMALL)
    assert list(table.columns) == columns("probing")
    # 3 depths x 2 seeds x (2 metrics x 2 tasks + 4 recalls), each once
    assert len(table) == 3 * 2 * (2 * 2 + 4)
    assert not table.duplicated(["depth", "seed", "task", "language", "metric"]).any()
    assert set(table["depth"]) == {0, 1, 2}
    assert table["converged"].all()
    language = table[table["task"] == "language"]
    assert np.allclose(language[language["metric"] == "accuracy"]["chance"], 1 / 4)
    assert np.allclose(language[language["metric"] == "log_loss"]["chance"], np.log(4))
    everything = language["language"] == "all"
    assert (language[everything]["tokens"] == 80).all()
    assert (language[~everything]["tokens"] == 20).all()
    assert table[table["language"] != "all"][["low", "high"]].isna().all(axis=None)
    whole = table[table["language"] == "all"]
    assert (whole["low"] <= whole["value"]).all()
    assert (whole["value"] <= whole["high"]).all()
    assert (whole["low"] < whole["high"]).any()
    # Languages have equally many tokens, so accuracy is the mean recall.
    recall = language[~everything].groupby(["depth", "seed"])["value"].mean()
    accuracy = language[everything & (language["metric"] == "accuracy")]
    in_order = accuracy.sort_values(["depth", "seed"])["value"]
    np.testing.assert_allclose(recall.to_numpy(), in_order.to_numpy())
    without = probe_languages(
        tiny_xglm(), TOKENIZER, _heldout(), ProbingSettings(**{**vars(SMALL), "control": False})
    )
    pd.testing.assert_frame_equal(without, language.reset_index(drop=True), check_exact=True)


def test_the_table_is_the_same_to_the_last_bit() -> None:
    model = tiny_xglm()
    first = probe_languages(model, TOKENIZER, _heldout(), SMALL)
    torch.manual_seed(99)
    np.random.seed(99)  # noqa: NPY002
    before = (torch.get_rng_state(), str(np.random.get_state()))  # noqa: NPY002
    second = probe_languages(model, TOKENIZER, _heldout(), SMALL)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert str(np.random.get_state()) == before[1]  # noqa: NPY002
    pd.testing.assert_frame_equal(first, second, check_exact=True)
    other = probe_languages(
        model, TOKENIZER, _heldout(), ProbingSettings(**{**vars(SMALL), "seed": 1})
    )
    assert not other["value"].equals(first["value"])


def test_an_interval_is_over_documents_not_tokens() -> None:
    # Every second English document is written in Spanish letters, so that the tokens of a document
    # are right or wrong together and 640 tokens count for few.
    heldout = _heldout(8)
    heldout["en"] = [text if n % 2 else "g" * 60 for n, text in enumerate(heldout["en"])]
    heldout["en"] = [f"{text}{n}" for n, text in enumerate(heldout["en"])]
    chosen = ProbingSettings(
        tokens_per_language=320, test_share=0.5, context=64, tokens_per_window=60, seeds=1, l2=1e-2
    )
    table = probe_languages(tiny_xglm(), TOKENIZER, heldout, chosen)
    row = table[
        (table["depth"] == 0) & (table["task"] == "language") & (table["metric"] == "accuracy")
    ].iloc[0]
    assert row["tokens"] == 640
    binomial = 2 * 1.96 * np.sqrt(row["value"] * (1 - row["value"]) / 640)
    assert row["high"] - row["low"] > 2 * binomial


def test_a_language_easier_than_others_does_not_widen_the_interval() -> None:
    # English is told from its letters, the other two are written alike: each language's documents
    # are right or wrong much the same, and languages were not sampled.
    heldout = {code: texts for code, texts in _heldout(24).items() if code != "zh"}
    rng = np.random.default_rng(1)
    for code in ("es", "sw"):
        heldout[code] = ["".join(rng.choice(list("ghijkl"), size=60)) for _ in range(24)]
    chosen = ProbingSettings(
        tokens_per_language=480, test_share=0.5, context=64, tokens_per_window=20, seeds=1, l2=1e-2,
        control=False,
    )  # fmt: skip
    table = probe_languages(tiny_xglm(), TOKENIZER, heldout, chosen)
    row = table[(table["depth"] == 0) & (table["metric"] == "accuracy")].iloc[0]
    assert 0.5 < row["value"] < 0.85
    # 36 test documents, of a third each near 1, 1/2 and 1/2: in one pot their shares would vary.
    pot = 2 * 1.96 * np.sqrt((1 / 3) * (2 / 3) / 36) * 0.5
    assert row["high"] - row["low"] < pot


def test_chance_is_what_the_shares_of_the_train_part_give_on_the_test_part() -> None:
    # Of control labels the shares differ between the parts, and the largest class may too.
    sample = sample_tokens(_heldout(), TOKENIZER, SMALL, 0, context=40)
    table = probe_languages(tiny_xglm(), TOKENIZER, _heldout(), SMALL)
    label = control_labels(sample, 4, SMALL.seed, 0)
    train, test = label[~sample.test_N].tolist(), label[sample.test_N].tolist()
    share = [train.count(name) / len(train) for name in range(4)]
    control = table[(table["task"] == "control") & (table["seed"] == 0)]
    expected = {
        "accuracy": test.count(int(np.argmax(share))) / len(test),
        "log_loss": -np.mean([np.log(share[name]) for name in test]),
    }
    for metric, chance in expected.items():
        own = control[control["metric"] == metric]["chance"]
        assert own.nunique() == 1
        assert own.iloc[0] == pytest.approx(chance, rel=1e-12)


def test_control_labels_depend_on_the_type_alone() -> None:
    heldout = {code: ["".join(map(chr, range(33 + n, 123))) for n in range(4)] for code in LETTERS}
    chosen = ProbingSettings(tokens_per_language=160)
    sample = sample_tokens(heldout, TOKENIZER, chosen, 0, context=64)
    label = control_labels(sample, 4, 0, 0)
    assert pd.Series(label).groupby(sample.token_N).nunique().max() == 1
    assert set(label) == {0, 1, 2, 3}
    others = [control_labels(sample, 4, 0, 1), control_labels(sample, 4, 1, 0)]
    assert all((other != label).any() for other in others)
    # Over many types the labels have the languages' shares, a quarter each.
    types = np.unique(sample.token_N, return_index=True)[1]
    many = np.concatenate([control_labels(sample, 4, seed, 0)[types] for seed in range(200)])
    np.testing.assert_allclose(np.bincount(many) / len(many), 0.25, atol=0.02)


def test_few_types_can_be_memorised_and_the_language_not_more() -> None:
    # 24 types in 32 dimensions: the control task is learnt from the embeddings in full.
    model = tiny_xglm(width=32)
    chosen = ProbingSettings(tokens_per_language=400, context=61, seeds=2, l2=1e-4)
    table = probe_languages(model, TOKENIZER, _heldout(40), chosen)
    assert _values(table, "control", "accuracy").loc[0].min() > 0.95
    control = table[(table["task"] == "control") & (table["metric"] == "accuracy")]
    assert set(control["language"]) == {"all"}
    assert control["chance"].between(0.1, 0.6).all()


def test_no_convergence_reaches_the_table() -> None:
    chosen = ProbingSettings(**{**vars(SMALL), "max_iterations": 1})
    table = probe_languages(tiny_xglm(), TOKENIZER, _heldout(), chosen)
    assert not table["converged"].any()
    assert np.isfinite(table["value"]).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"heldout": {"en": ["abc", "abd"]}}, "1 languages in the held-out text"),
        ({"heldout": _heldout() | {"sw": ["abc"]}}, "language 'sw' has 1 distinct documents"),
        ({"heldout": _heldout() | {"sw": ["ab", "c"]}}, "language 'sw' has [12] tokens"),
        (
            {"model": tiny_xglm(200)},
            "the tokenizer has 260 tokens, the model has embeddings for 200",
        ),
    ],
)
def test_bad_input_gets_one_line(change: dict[str, Any], message: str) -> None:
    arguments = {"model": tiny_xglm(), "heldout": _heldout(), **change}
    with pytest.raises(UserError, match=message):
        probe_languages(arguments["model"], TOKENIZER, arguments["heldout"], SMALL)


def test_windows_stay_within_the_models_positions() -> None:
    model = tiny_xglm()
    model.config.max_position_embeddings = 16
    lengths: list[int] = []
    decoder_blocks(model)[0].register_forward_hook(
        lambda _, args, __: lengths.append(args[0].shape[1])
    )
    probe_languages(model, TOKENIZER, _heldout(), SMALL)
    assert max(lengths) <= 16
