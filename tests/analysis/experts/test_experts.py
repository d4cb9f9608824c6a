from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import average_precision_score

from analysis.activations.responses import pooled_responses, tokenize
from analysis.activations.units import find_units
from analysis.concepts.sets import ConceptPool, ConceptSet, concept_set
from analysis.errors import UserError
from analysis.experts import experts as module
from analysis.experts.experts import find_experts
from analysis.experts.overlap import expert_overlap
from analysis.experts.settings import PRESETS, ExpertSettings
from analysis.tables import TABLES
from tests.analysis.activations.tiny import WORDS, tiny_model, word_tokenizer
from tests.analysis.experts.planted import CONCEPTS, LANGUAGES, planted_concepts, planted_model

TOKENIZER = word_tokenizer(WORDS)


def random_concepts(sentences: int = 40) -> ConceptSet:
    """Random sentences with random labels in two languages, some sentences unused by a concept."""
    pools = {}
    for number, language in enumerate(["en", "sw"]):
        rng = np.random.default_rng(number)
        made: dict[str, None] = {}
        while len(made) < sentences:
            made[" ".join(rng.choice(WORDS, size=rng.integers(2, 9)))] = None
        texts = tuple(made)
        labels = (rng.random((3, sentences)) < 0.3).astype(np.int8)
        labels[2, rng.random(sentences) < 0.3] = -1
        labels[:, 0], labels[:, 1] = 1, 0
        part = np.where(rng.random(sentences) < 0.4, "test", "select")
        part[:2] = "select"
        pools[language] = ConceptPool(language, texts, labels, part)
    return concept_set(["dog", "house", "joy"], pools)


def rows_of(table: pd.DataFrame, concept: str, language: str) -> pd.DataFrame:
    return table[(table["concept"] == concept) & (table["language"] == language)]


@pytest.mark.parametrize("preset", list(PRESETS))
def test_every_number_of_the_table_is_what_scikit_learn_and_numpy_give(preset: str) -> None:
    model, concepts = tiny_model(), random_concepts()
    groups = find_units(model)
    tables = find_experts(model, TOKENIZER, concepts, ExpertSettings(preset=preset, k=12))
    samples = tables.samples.set_index(["concept", "language"])
    names = [(group.module, unit) for group in groups for unit in range(group.width)]
    for language, concept in product(concepts.pools, concepts.concepts):
        rows = rows_of(tables.experts, concept, language)
        pool = concepts.pools[language]
        label = pool.labels[concepts.concepts.index(concept)]
        responses = pooled_responses(
            model, TOKENIZER, tokenize(TOKENIZER, pool.sentences), groups, PRESETS[preset].pooling
        ).numpy()
        select, test = ((label >= 0) & (pool.part == part) for part in ("select", "test"))
        ap = [average_precision_score(label[select], unit[select]) for unit in responses.T]
        order = sorted(range(len(ap)), key=lambda unit: (-round(ap[unit], 9), unit))
        expected = order[:12] if preset != "kojima2024" else order[:6] + order[:-7:-1]
        found = [names.index(key) for key in zip(rows["module"], rows["unit"], strict=True)]
        np.testing.assert_allclose(rows["ap"], np.array(ap)[expected], atol=1e-6)
        assert sorted(found) == sorted(expected)
        np.testing.assert_allclose(rows["ap"], np.array(ap)[found], atol=1e-6)
        ap_test = [average_precision_score(label[test], responses[test, unit]) for unit in found]
        np.testing.assert_allclose(rows["ap_test"], ap_test, atol=1e-6)
        forced = np.median(responses[select & (label == 1)][:, found], axis=0)
        np.testing.assert_allclose(rows["forced"], forced, rtol=1e-5, atol=1e-5)
        high = np.percentile(responses[select & (label == 1)][:, found], 90, axis=0)
        np.testing.assert_allclose(rows["positives_p90"], high, rtol=1e-5, atol=1e-5)
        mean = responses[select & (label == 0)][:, found].mean(axis=0)
        np.testing.assert_allclose(rows["negatives_mean"], mean, rtol=1e-5, atol=1e-5)
        for column in ("chance", "chance_test"):
            assert set(rows[column]) == {samples.loc[(concept, language), column]}
        assert rows["rank"].tolist() == list(range(12))
        assert rows["layer"].tolist() == [int(name.split(".")[2]) for name in rows["module"]]


def test_planted_units_are_found_and_so_is_their_overlap() -> None:
    model, tokenizer, planted = planted_model()
    tables = find_experts(model, tokenizer, planted_concepts(), ExpertSettings(k=6))
    hits = 0
    for concept, language in planted:
        rows = rows_of(tables.experts, concept, language)
        found = {
            (layer, unit)
            for layer, name, unit in zip(rows["layer"], rows["module"], rows["unit"], strict=True)
            if name.endswith("fc1")
        }
        hits += len(found & planted[concept, language])
    assert hits >= 0.95 * 6 * len(CONCEPTS) * len(LANGUAGES)
    assert tables.experts["ap_test"].mean() > 0.95
    overlap = expert_overlap(tables.experts, tables.layer_units, seed=0).overlap
    means = overlap[overlap["concept"] == "all"]
    planted_overlap: dict[tuple[str, str], dict[int, float]] = {
        ("en", "es"): {0: 2, 1: 2, -1: 4},
        ("en", "zh"): {0: 2, 1: 0, -1: 2},
        ("es", "zh"): {0: 2, 1: 0, -1: 2},
        ("all", "all"): {0: 2, 1: 2 / 3, -1: 8 / 3},
    }
    for (first, second), by_layer in planted_overlap.items():
        pair = means[(means["language_a"] == first) & (means["language_b"] == second)]
        for layer, shared in by_layer.items():
            row = pair[pair["layer"] == layer]
            assert row["value"].item() == pytest.approx(shared, abs=0.3)
            assert (row["p_value"].item() < 1e-6) == (shared > 0)


def test_shuffled_labels_leave_nothing_on_held_out_sentences() -> None:
    model, tokenizer, _ = planted_model()
    tables = find_experts(model, tokenizer, planted_concepts(shuffled=True), ExpertSettings(k=6))
    chance = tables.samples["chance_test"].mean()
    assert tables.experts["ap"].mean() > 1.5 * chance, "the best of many are good by selection"
    assert tables.experts["ap_test"].mean() == pytest.approx(chance, abs=0.05)
    assert tables.experts["chance_test"].mean() == pytest.approx(chance)


def test_columns_types_and_rows_are_those_of_the_results_table() -> None:
    tables = find_experts(tiny_model(), TOKENIZER, random_concepts(), ExpertSettings(k=10))
    assert set(tables.experts.columns) == set(TABLES["experts"]) - {"step"}
    assert len(tables.experts) == 10 * 3 * 2
    assert not tables.experts.isna().any().any()
    assert tables.layer_units == {0: 104, 1: 104}
    sample = rows_of(tables.samples, "joy", "sw")
    pool = random_concepts().pools["sw"]
    chosen = pool.labels[2, pool.part == "select"]
    assert sample["positives"].item() == (chosen == 1).sum()
    assert sample["negatives"].item() == (chosen == 0).sum()


def test_finding_again_gives_the_same_table() -> None:
    model, concepts = tiny_model("llama"), random_concepts()
    for preset in PRESETS:
        settings = ExpertSettings(preset=preset, k=60)
        whole = find_experts(model, TOKENIZER, concepts, settings)
        again = find_experts(model, TOKENIZER, concepts, settings)
        pd.testing.assert_frame_equal(whole.experts, again.experts)


@pytest.mark.parametrize("preset", list(PRESETS))
def test_experts_do_not_depend_on_how_layers_are_divided(
    preset: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, concepts = tiny_model(), random_concepts()
    settings = ExpertSettings(preset=preset, k=60)
    whole = find_experts(model, TOKENIZER, concepts, settings)
    calls = []

    def one_by_one(groups: tuple[object, ...], *_: int) -> list[tuple[object, ...]]:
        calls.append(len(groups))
        return [(group,) for group in groups]

    monkeypatch.setattr(module, "in_parts", one_by_one)
    divided = find_experts(model, TOKENIZER, concepts, settings)
    assert calls == [12, 12]
    pd.testing.assert_frame_equal(divided.experts, whole.experts)
    pd.testing.assert_frame_equal(divided.samples, whole.samples)


def test_parts_of_the_layers_stay_within_the_memory() -> None:
    groups = find_units(tiny_model())
    sentences = (1 << 20) // (4 * 60)  # 60 units fill one MiB
    parts = list(module.in_parts(groups, sentences, 1))
    assert [group for part in parts for group in part] == list(groups)
    assert all(sum(group.width for group in part) <= 60 for part in parts)
    assert len(parts) == 4
    assert len(list(module.in_parts(groups, 1 << 20, 1))) == len(groups), "one at the least"


def test_equal_aps_keep_the_order_of_the_model_and_the_halves_never_meet() -> None:
    ap = np.array([0.5, 0.9, 0.5, 0.5, 0.9, 0.1, 0.5])
    assert module._choose(ap, 4, PRESETS["masked"]).tolist() == [1, 4, 0, 2]
    assert module._choose(ap, 6, PRESETS["kojima2024"]).tolist() == [1, 4, 0, 5, 6, 3]
    equal = np.full(8, 0.3)
    assert module._choose(equal, 8, PRESETS["kojima2024"]).tolist() == [0, 1, 2, 3, 7, 6, 5, 4]


def test_sentences_too_long_are_left_out_and_counted() -> None:
    concepts = random_concepts()
    pool = concepts.pools["en"]
    long = " ".join(WORDS * 3)
    labels = np.concatenate([pool.labels, np.ones((3, 1), np.int8)], axis=1)
    longer = ConceptPool(
        "en", (*pool.sentences, long), labels, np.array([*pool.part.tolist(), "select"])
    )
    model = tiny_model()
    settings = ExpertSettings(preset="suau2022", k=5)
    only = concept_set(concepts.concepts, {"en": pool})
    short = find_experts(model, TOKENIZER, only, settings)
    both = find_experts(model, TOKENIZER, concept_set(concepts.concepts, {"en": longer}), settings)
    pd.testing.assert_frame_equal(short.experts, both.experts)
    assert both.samples["left_out"].tolist() == [1, 1, 1]
    with pytest.raises(UserError, match=r"keeps no \w+ sentence in 'en' of at most 2 tokens"):
        find_experts(model, TOKENIZER, only, replace(settings, max_tokens=2))


def test_without_a_test_part_its_ap_is_unknown() -> None:
    concepts = random_concepts()
    pools = {
        code: replace(pool, part=np.full(len(pool.sentences), "select"))
        for code, pool in concepts.pools.items()
    }
    tables = find_experts(
        tiny_model(), TOKENIZER, concept_set(concepts.concepts, pools), ExpertSettings(k=5)
    )
    assert tables.experts["ap_test"].isna().all()
    assert tables.samples["chance_test"].isna().all()
    assert tables.experts["ap"].notna().all()


def test_settings_out_of_range_name_their_field() -> None:
    with pytest.raises(UserError, match=r"k = 500, but the model has 208 units"):
        find_experts(tiny_model(), TOKENIZER, random_concepts(), ExpertSettings())
    with pytest.raises(UserError, match=r"experts.preset: unknown preset 'x'"):
        ExpertSettings(preset="x")
    with pytest.raises(UserError, match=r"experts.k: must be at least 1"):
        ExpertSettings(k=0)
    with pytest.raises(UserError, match=r"experts.k: k = 5 is odd"):
        ExpertSettings(preset="kojima2024", k=5)
    with pytest.raises(UserError, match=r"experts.top: sizes must be at least 1"):
        ExpertSettings(top=(50, 0))
    with pytest.raises(UserError, match=r"experts.top: top = 5 is odd"):
        ExpertSettings(preset="kojima2024", top=(4, 5))


def test_a_model_that_has_diverged_is_told_by_module() -> None:
    model = tiny_model()
    with torch.no_grad():
        model.get_parameter("model.layers.0.fc1.weight")[2] = float("nan")
    with pytest.raises(UserError, match=r"^model.layers.0.fc1: a response is not finite"):
        find_experts(model, TOKENIZER, random_concepts(), ExpertSettings(k=5))


def test_a_concept_that_a_language_goes_without_has_no_experts_there() -> None:
    full = random_concepts()
    labels = full.pools["sw"].labels.copy()
    labels[1] = -1
    gap = concept_set(full.concepts, {**full.pools, "sw": replace(full.pools["sw"], labels=labels)})
    model, settings = tiny_model(), ExpertSettings(k=12)
    all_rows, rows = (find_experts(model, TOKENIZER, some, settings) for some in (full, gap))
    for name in ("experts", "samples"):
        expected, table = getattr(all_rows, name), getattr(rows, name)
        there = (expected["concept"] != "house") | (expected["language"] != "sw")
        pd.testing.assert_frame_equal(table, expected[there].reset_index(drop=True))
    overlap = expert_overlap(rows.experts, rows.layer_units, seed=0, draws=10).overlap
    assert set(overlap["concept"]) == {"all", "dog", "joy"}
