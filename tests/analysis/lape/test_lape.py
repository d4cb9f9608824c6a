"""Language neurons: planted ones are found, none are where there are none, numbers by hand."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from transformers import PreTrainedModel

from analysis.errors import UserError
from analysis.lape import lape as module
from analysis.lape.lape import LapeTables, find_language_neurons
from analysis.lape.settings import LapeSettings
from analysis.seeds import stream
from analysis.tables import columns
from tests.analysis.lape.planted import LANGUAGES, LAYERS, PLANTED, WIDTH, documents, planted_model
from tests.analysis.statistics.expanded import expanded
from tests.analysis.tiny import byte_tokenizer, tiny_xglm

TOKENIZER = byte_tokenizer()
HELDOUT = {
    "en": ["A short one.", "x" * 7 + " longer than the context of twenty tokens, by far.", "b"],
    "es": ["¿Qué dice «</s>» aquí, y <pad>?", "Ñandú.", "", "Otra cosa más."],
    "zh": ["你好，世界。", "他说：“好”。", "不对。"],
}
SMALL = LapeSettings(
    tokens_per_language=1000, context=20, share=0.1, quantile=0.9, permutations=3, draws=7,
    batch_tokens=64,
)  # fmt: skip
PLAIN = LapeSettings(share=len(PLANTED) / (LAYERS * WIDTH), draws=20)


def planted(settings: LapeSettings = PLAIN, **how: Any) -> LapeTables:
    return find_language_neurons(*planted_model(), documents(**how), settings)


def rows(table: pd.DataFrame, metric: str, language: str = "all") -> pd.DataFrame:
    chosen = table[(table["metric"] == metric) & (table["language"] == language)]
    return chosen.set_index("layer")


def test_planted_neurons_are_found_with_their_languages_and_no_others() -> None:
    tables = planted()
    found = {}
    for row in tables.neurons.to_dict("records"):
        languages = tuple(row["languages"].split())
        found[row["layer"], row["unit"]] = languages
        assert row["module"] == f"model.layers.{row['layer']}.fc1"
        assert row["entropy"] == pytest.approx(np.log(len(languages)), abs=0.01)
        assert row["below_null"]
        assert row["language"] in languages
        assert row["probability"] == pytest.approx(0.5, abs=0.02)
        elsewhere = 0.5 * (len(languages) - 1) / 3
        assert row["probability_elsewhere"] == pytest.approx(elsewhere, abs=0.02)
    assert found == PLANTED
    assert tables.neurons["entropy"].is_monotonic_increasing
    expected = {"en": 4, "es": 4, "zh": 2, "sw": 0, "all": 8}
    for language, count in expected.items():
        by_layer = rows(tables.lape, "language_neurons", language)["value"]
        assert by_layer[-1] == count
        planted_here = [
            [own for (at, _), own in PLANTED.items() if at == layer] for layer in range(LAYERS)
        ]
        assert by_layer.tolist()[:-1] == [
            sum(language == "all" or language in own for own in here) for here in planted_here
        ]


def test_only_the_planted_neurons_come_lower_than_chance() -> None:
    one_percent = replace(PLAIN, share=0.01)  # 2 of 160
    below = rows(planted(one_percent).lape, "below_null").loc[-1]
    assert below["chance"] == 2
    assert below["low"] <= below["value"] <= below["high"]
    assert 8 <= below["value"] <= 8 + 3


def test_documents_of_one_language_under_many_names_give_what_chance_gives() -> None:
    differences = []
    for seed in range(8):
        found = rows(planted(blind=True, seed=seed).lape, "below_null").loc[-1]
        assert found["chance"] == 8
        differences.append(found["value"] - found["chance"])
    assert abs(np.mean(differences)) < 4
    assert min(differences) < 0 < max(differences)
    entropy = rows(planted(blind=True).lape, "entropy_mean").loc[-1]
    assert entropy["value"] == pytest.approx(entropy["chance"], abs=0.005)
    told_apart = rows(planted().lape, "entropy_mean").loc[-1]
    assert told_apart["high"] < told_apart["chance"] - 0.02


def test_shuffling_keeps_documents_whole() -> None:
    # Each language's text is one long document and thirty of a word: had tokens been shuffled
    # instead, every language would be alike, and nothing else would have come lower than one.
    long = {
        language: [" ".join([f"{language}{number % 3}" for number in range(300)])]
        + [f"word{number}" for number in range(30)]
        for language in LANGUAGES
    }
    table = find_language_neurons(*planted_model(), long, PLAIN).lape
    entropy = rows(table, "entropy_q01").loc[-1]
    assert entropy["chance"] < 0.3


def _counts_by_hand(model: PreTrainedModel, tokens: int, context: int) -> tuple[Any, Any, Any]:
    """Firings (D, N), tokens and language of each document, one window at a time."""
    firings, sizes, labels = [], [], []
    for label, texts in enumerate(HELDOUT.values()):
        left = tokens
        for text in texts:
            ids = [2, *TOKENIZER(text, split_special_tokens=True)["input_ids"][:left]]
            left -= len(ids) - 1
            if len(ids) == 1:
                continue
            fired: Any = 0
            for start in range(0, len(ids) - 1, context - 1):
                entered: list[torch.Tensor] = []
                hooks = [
                    model.get_submodule(f"model.layers.{layer}.fc1").register_forward_hook(
                        lambda _, __, output, e=entered: e.append(output)
                    )
                    for layer in (0, 1)
                ]
                with torch.no_grad():
                    model(torch.tensor([ids[start : start + context]]))
                for hook in hooks:
                    hook.remove()
                fired = fired + (torch.cat(entered, dim=-1)[0, 1:] > 0).sum(dim=0).numpy()
            firings.append(fired)
            sizes.append(len(ids) - 1)
            labels.append(label)
    return np.array(firings), np.array(sizes), np.array(labels)


def _naive(times: Any, labels: Any, firings: Any, sizes: Any) -> tuple[list[float], list[Any]]:
    """Entropies, and the candidates (entropy, neuron, languages) in their order."""
    shares = np.array(
        [
            sum(n * f for n, f, own in zip(times, firings, labels, strict=True) if own == label)
            / sum(n * s for n, s, own in zip(times, sizes, labels, strict=True) if own == label)
            for label in range(3)
        ]
    )
    bar = np.sort(shares.ravel())[round(shares.size * 0.9) - 1]
    entropies, candidates = [], []
    for neuron, p in enumerate(shares.T):
        q = p[p > 0] / p.sum() if p.sum() else np.array([])
        entropy = -float((q * np.log(q)).sum()) if len(q) else np.nan
        entropies.append(entropy)
        if (p > bar).any():
            candidates.append((round(entropy, 12), neuron, p > bar))
    return entropies, sorted(candidates, key=lambda one: one[:2])


def _naive_numbers(scored: tuple[list[float], list[Any]], low: float) -> dict[Any, float]:
    """(layer, language, metric) -> number, layers of 32 neurons, six of 64 kept."""
    entropies, candidates = scored
    numbers: dict[Any, float] = {}
    for layer, own in ((0, range(32)), (1, range(32, 64)), (-1, range(64))):
        for metric, chosen in (
            ("language_neurons", candidates[:6]),
            ("below_null", [one for one in candidates if one[0] <= low]),
        ):
            here = [active for _, neuron, active in chosen if neuron in own]
            for place, language in enumerate(HELDOUT):
                numbers[layer, language, metric] = sum(active[place] for active in here)
            numbers[layer, "all", metric] = len(here)
        found = [entropies[neuron] for neuron in own if not np.isnan(entropies[neuron])]
        numbers[layer, "all", "entropy_mean"] = float(np.mean(found))
        for quantile in (1, 10, 50, 90):
            value = float(np.percentile(found, quantile))
            numbers[layer, "all", f"entropy_q{quantile:02d}"] = value
    return numbers


def test_the_table_is_what_naive_loops_give() -> None:
    model = tiny_xglm()
    least = min(sum(len(text.encode()) for text in texts) for texts in HELDOUT.values())
    firings, sizes, labels = _counts_by_hand(model, least, 20)
    assert sizes.sum() == 3 * least
    ones = np.ones(len(sizes))
    true = _naive(ones, labels, firings, sizes)
    null = []
    for number in range(3):
        order = stream(0, "lape.permutation", number).permutation(len(sizes))
        null.append(_naive(ones, labels[order], firings, sizes))
    low = sorted(one[0] for _, candidates in null for one in candidates)[6 * 3 - 1]
    times = np.zeros((7, len(sizes)))
    for label, language in enumerate(HELDOUT):
        own = labels == label
        rng = stream(0, "lape.bootstrap", language)
        times[:, own] = rng.multinomial(own.sum(), np.full(own.sum(), 1 / own.sum()), size=7)
    values = _naive_numbers(true, low)
    chance = [_naive_numbers(one, low) for one in null]
    drawn = [_naive_numbers(_naive(row, labels, firings, sizes), low) for row in times]

    table = find_language_neurons(model, TOKENIZER, HELDOUT, SMALL).lape
    assert list(table.columns) == columns("lape")
    assert len(table) == len(values) == 3 * (2 * 4 + 5)
    for row in table.to_dict("records"):
        key = (row["layer"], row["language"], row["metric"])
        assert row["value"] == pytest.approx(values[key]), key
        assert row["chance"] == pytest.approx(np.mean([one[key] for one in chance])), key
        around = np.array([one[key] for one in drawn])
        ends = np.quantile(around - around.mean(), expanded(len(sizes), groups=3)) + values[key]
        assert [row["low"], row["high"]] == pytest.approx(np.maximum(ends, 0), abs=1e-9), key
        assert row["neurons"] == (64 if row["layer"] == -1 else 32)
        assert row["tokens"] == least


@pytest.mark.parametrize("batch_tokens", [1, 33, 10_000])
def test_batches_do_not_matter_nor_is_global_state_touched(batch_tokens: int) -> None:
    torch.manual_seed(5)
    state = torch.get_rng_state()
    first = find_language_neurons(tiny_xglm(), TOKENIZER, HELDOUT, SMALL)
    torch.manual_seed(5)
    other = replace(SMALL, batch_tokens=batch_tokens)
    second = find_language_neurons(tiny_xglm_like(state), TOKENIZER, HELDOUT, other)
    assert torch.equal(torch.get_rng_state(), state)
    for ours, theirs in zip(first, second, strict=True):
        pd.testing.assert_frame_equal(ours, theirs, check_exact=True)


def tiny_xglm_like(state: torch.Tensor) -> PreTrainedModel:
    model = tiny_xglm()
    torch.set_rng_state(state)
    return model


def test_one_document_has_no_interval_and_one_language_no_neurons() -> None:
    single = HELDOUT | {"zh": HELDOUT["zh"][:1]}
    table = find_language_neurons(tiny_xglm(), TOKENIZER, single, SMALL).lape
    assert table[["low", "high"]].isna().all(axis=None)
    assert table[["value", "chance"]].notna().all(axis=None)
    alone = find_language_neurons(tiny_xglm(), TOKENIZER, {"en": HELDOUT["en"]}, SMALL)
    assert [len(table) for table in alone] == [0, 0]
    assert [list(table.columns) for table in alone] == [
        columns("lape"), columns("language_neurons"),
    ]  # fmt: skip


def test_bad_input_gets_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="language 'sw' has no held-out token"):
        find_language_neurons(tiny_xglm(), TOKENIZER, HELDOUT | {"sw": [""]}, SMALL)
    with pytest.raises(UserError, match="has 260 tokens, the model has embeddings for 250"):
        find_language_neurons(tiny_xglm(250), TOKENIZER, HELDOUT, SMALL)
    many = {language: ["a"] * 5000 for language in HELDOUT}
    monkeypatch.setattr(module, "firing_counts", lambda *_, **__: pytest.fail("counted"))
    wide = tiny_xglm(width=64)
    with pytest.raises(UserError, match="3000 documents x 256 neurons take 3 MiB, 1 are allowed"):
        find_language_neurons(wide, TOKENIZER, many, replace(SMALL, memory_mb=1))
    for field in ("tokens_per_language", "permutations", "draws", "batch_tokens", "memory_mb"):
        wrong: dict[str, Any] = {field: 0}
        with pytest.raises(UserError, match=f"lape: {field} is 0"):
            LapeSettings(**wrong)
    for wrong in ({"share": 1.0}, {"quantile": 0.0}, {"context": 1}):
        with pytest.raises(UserError, match=f"lape: {next(iter(wrong))} is"):
            LapeSettings(**wrong)
