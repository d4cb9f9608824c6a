"""Permutations, p-values, false discoveries: by brute force, on planted units and on nothing."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
import torch
from scipy.stats import false_discovery_control
from sklearn.metrics import average_precision_score

from analysis.activations.responses import pooled_responses, tokenize
from analysis.activations.units import find_units
from analysis.concepts.sets import ConceptPool, concept_set
from analysis.errors import UserError
from analysis.experts.average_precision import average_precision
from analysis.experts.experts import find_experts
from analysis.experts.null import LEVEL, STEPS, PermutedNull, permuted_labels
from analysis.experts.settings import PRESETS, ExpertSettings
from analysis.seeds import stream
from tests.analysis.activations.tiny import WORDS, tiny_model, word_tokenizer
from tests.analysis.experts.planted import planted_concepts, planted_model

TOKENIZER = word_tokenizer(WORDS)
Labels = npt.NDArray[np.int8]
Floats = npt.NDArray[np.float64]


def some_labels(concepts: int, sentences: int, seed: int = 0) -> Labels:
    """A third of the concepts uses all sentences, the others half of them; a fifth is positive."""
    rng = np.random.default_rng(seed)
    labels = np.full((concepts, sentences), -1, dtype=np.int8)
    for concept, row in enumerate(labels):
        used = rng.permutation(sentences)[: sentences // (2 if concept % 3 else 1)]
        row[used] = 0
        row[used[: len(used) // 5]] = 1
    return labels


def small_concepts() -> ConceptPool:
    rng = np.random.default_rng(3)
    made: dict[str, None] = {}
    while len(made) < 40:
        made[" ".join(rng.choice(WORDS, size=rng.integers(2, 9)))] = None
    part = np.where(np.arange(40) % 3 == 2, "test", "select")
    labels = np.empty((3, 40), np.int8)
    for name in ("select", "test"):
        labels[:, part == name] = some_labels(3, int((part == name).sum()))
    return ConceptPool("en", tuple(made), labels, part)


def null_of(scores_SU: Floats, labels: Labels, permutations: int, seed: int) -> PermutedNull:
    """The null of units with these scores, concepts named by their numbers."""
    names = [str(concept) for concept in range(len(labels))]
    permuted = permuted_labels(labels, names, "en", permutations=permutations, seed=seed)
    responses = torch.from_numpy(scores_SU.astype(np.float32))
    null = PermutedNull(len(labels), permutations)
    ap, permuted_ap = (
        torch.from_numpy(average_precision(responses, rows)) for rows in (labels, permuted)
    )
    null.add(ap, permuted_ap.unflatten(0, (len(labels), permutations)))
    return null


def exact(values: npt.ArrayLike) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def test_only_used_sentences_are_permuted_and_each_permutation_is_its_own() -> None:
    labels = some_labels(6, 50)
    names = list("abcdef")
    permuted = permuted_labels(labels, names, "en", permutations=4, seed=1).reshape(6, 4, 50)
    for own, several in zip(labels, permuted, strict=True):
        for one in several:
            assert ((one == -1) == (own == -1)).all()
            assert (one == 1).sum() == (own == 1).sum()
            assert (one != own).any()
        assert len(np.unique(several, axis=0)) == 4
    assert (permuted[0, 0] != permuted[3, 0]).any(), "two concepts that use all sentences"
    fewer = permuted_labels(labels[2:3], ["c"], "en", permutations=2, seed=1)
    np.testing.assert_array_equal(fewer, permuted[2, :2])
    for language, seed in (("es", 1), ("en", 2)):
        other = permuted_labels(labels, names, language, permutations=4, seed=seed)
        assert (other != permuted.reshape(24, 50)).any(axis=1).all()


def test_every_used_sentence_is_positive_equally_often() -> None:
    labels = np.full((1, 12), 0, np.int8)
    labels[0, :3], labels[0, 8:] = 1, -1
    share = permuted_labels(labels, ["c"], "en", permutations=2000, seed=0)[:, :8].mean(axis=0)
    np.testing.assert_allclose(share, 3 / 8, atol=4 * np.sqrt(3 / 8 * 5 / 8 / 2000))


@pytest.mark.parametrize("preset", list(PRESETS))
def test_every_number_is_what_brute_force_gives(preset: str) -> None:
    model, pool, permutations = tiny_model(), small_concepts(), 7
    concepts = concept_set(["dog", "house", "joy"], {"en": pool})
    settings = ExpertSettings(preset=preset, k=40, permutations=permutations, seed=5)
    tables = find_experts(model, TOKENIZER, concepts, settings)
    groups = find_units(model)
    responses = pooled_responses(
        model, TOKENIZER, tokenize(TOKENIZER, pool.sentences), groups, PRESETS[preset].pooling
    ).numpy()[pool.part == "select"]
    place = {(group.module, unit): None for group in groups for unit in range(group.width)}
    order = list(place)
    samples = tables.samples.set_index("concept")
    for number, concept in enumerate(concepts.concepts):
        label = pool.labels[number, pool.part == "select"]
        scores, label = responses[label >= 0], label[label >= 0]
        ap = [average_precision_score(label, unit) for unit in scores.T]
        null = np.empty((permutations, len(ap)))
        for row in range(permutations):
            random = stream(5, "experts/permutation", "en", concept, row)
            shuffled = label[random.permutation(len(label))]
            null[row] = [average_precision_score(shuffled, unit) for unit in scores.T]

        def p_values(values: Floats, null: Floats = null) -> Floats:
            pooled = np.sort(null.reshape(-1))
            as_high = len(pooled) - np.searchsorted(pooled, values - 1e-9)
            p: Floats = (1 + as_high) / (1 + len(pooled))
            return p

        p_exact, p_below = p_values(np.array(ap)), p_values(np.array(ap) - 1 / STEPS)
        rows = tables.experts[tables.experts["concept"] == concept]
        of_row = [order.index(key) for key in zip(rows["module"], rows["unit"], strict=True)]
        assert (rows["p_value"] >= p_exact[of_row] - 1e-12).all()
        assert (rows["p_value"] <= p_below[of_row] + 1e-12).all()
        # Few sentences give few different APs, most of them more than a step apart.
        assert (rows["p_value"] == p_exact[of_row]).mean() > 0.8
        q = false_discovery_control(p_exact)
        np.testing.assert_allclose(rows["q_value"], q[of_row], rtol=0.02)
        assert samples.loc[concept, "discoveries"] == (q <= 0.05).sum()
        highest = null.max(axis=1)
        assert samples.loc[concept, "null_max"] == pytest.approx(highest.mean())
        as_high = int((highest >= max(ap) - 1e-9).sum())
        assert samples.loc[concept, "p_value"] == (1 + as_high) / (1 + permutations)


def test_values_worked_out_by_hand() -> None:
    null = PermutedNull(1, 2)
    null.add(exact([[0.9, 0.2]]), exact([[[0.5, 0.1], [0.3, 0.3]]]))
    null.add(exact([[0.5, 0.4]]), exact([[[0.2, 0.2], [0.6, 0.1]]]))
    ap = np.array([[0.9, 0.5, 0.4, 0.2]])
    p = np.array([1, 3, 3, 7]) / 9
    np.testing.assert_allclose(null.p_values(ap), [p])
    np.testing.assert_allclose(null.q_values(ap), [[4 / 9, 4 / 9, 4 / 9, 7 / 9]])
    assert null.discoveries().tolist() == [0]
    np.testing.assert_allclose(null.highest(), [0.55])
    np.testing.assert_allclose(null.p_highest(), [1 / 3])


def test_equal_aps_are_equal_however_they_were_rounded() -> None:
    # Just above and just below what stands on a step: sums in another order differ by as much.
    found, chance = np.nextafter(3 / 8, 1), np.nextafter(3 / 8, 0)
    null = PermutedNull(1, 3)
    null.add(exact([[found]]), exact([[[chance], [chance], [0.1]]]))
    np.testing.assert_allclose(null.p_values(np.array([[found]])), [[3 / 4]])
    np.testing.assert_allclose(null.p_highest(), [3 / 4])


def test_a_rate_at_the_level_itself_is_a_discovery() -> None:
    null = PermutedNull(1, 19)  # the fewest permutations that can tell of one unit
    null.add(exact([[0.9]]), exact(np.full((1, 19, 1), 0.1)))
    assert null.q_values(np.array([[0.9]])).item() == LEVEL
    assert null.discoveries().tolist() == [1]


def test_parts_of_the_units_add_up_to_the_whole() -> None:
    rng = np.random.default_rng(0)
    ap, null_ap = rng.random((3, 50)), rng.random((3, 4, 50))
    whole, parts = PermutedNull(3, 4), PermutedNull(3, 4)
    tensors = torch.from_numpy(ap), torch.from_numpy(null_ap)
    whole.add(*tensors)
    for part in (slice(0, 1), slice(1, 30), slice(30, 50)):
        parts.add(*(tensor[..., part] for tensor in tensors))
    for name in ("p_values", "q_values"):
        np.testing.assert_array_equal(getattr(whole, name)(ap), getattr(parts, name)(ap))
    for name in ("discoveries", "highest", "p_highest"):
        np.testing.assert_array_equal(getattr(whole, name)(), getattr(parts, name)())


def test_tables_do_not_depend_on_the_memory_that_the_null_may_take() -> None:
    model = tiny_model()
    concepts = concept_set(["dog", "house", "joy"], {"en": small_concepts()})
    # 903 rows of labels: one MiB holds the APs of 145 of the 208 units.
    settings = ExpertSettings(k=30, permutations=300)
    large = find_experts(model, TOKENIZER, concepts, settings)
    small = find_experts(model, TOKENIZER, concepts, replace(settings, memory_mb=1))
    pd.testing.assert_frame_equal(large.experts, small.experts)
    pd.testing.assert_frame_equal(large.samples, small.samples)


def units_of(kind: str, sentences: int, units: int = 120) -> Floats:
    """Scores that know nothing: independent, with five common causes, or ten copies of each."""
    rng = np.random.default_rng(6)
    scores = rng.normal(size=(sentences, units))
    if kind == "common causes":
        causes = rng.normal(size=(sentences, 5)) @ rng.normal(size=(5, units))
        return np.asarray(0.4 * scores + causes / np.sqrt(5))
    return scores if kind == "independent" else np.repeat(scores[:, ::10], 10, axis=1)


@pytest.mark.parametrize(
    ("kind", "permutations", "level"),
    [
        ("independent", 10, 0.05),
        ("common causes", 19, 0.05),
        ("copies", 19, 0.05),
        ("copies", 10, 1 / 11),
    ],
)
def test_nothing_to_discover_is_discovered_no_more_often_than_the_level(
    kind: str, permutations: int, level: float
) -> None:
    problems, sentences = 400, 80
    labels = some_labels(problems, sentences, seed=7)
    null = null_of(units_of(kind, sentences), labels, permutations, seed=3)

    def error(rate: float) -> float:
        return float(3 * np.sqrt(rate * (1 - rate) / problems))

    assert (null.discoveries() > 0).mean() <= level + error(level)
    for count in (1, 2, permutations // 2):
        rate = count / (permutations + 1)
        assert (null.p_highest() <= rate + 1e-9).mean() == pytest.approx(rate, abs=error(rate))


def test_planted_units_are_discovered_and_few_others_with_them() -> None:
    problems, sentences, units, known = 60, 120, 300, 30
    rng = np.random.default_rng(1)
    labels = some_labels(problems, sentences, seed=2)
    found, false = [], []
    for row in labels:
        scores = rng.normal(size=(sentences, units))
        scores[:, :known] += 2.5 * (row == 1)[:, None]
        responses = torch.from_numpy(scores.astype(np.float32))
        null = null_of(scores, row[None], 10, seed=4)
        q = null.q_values(average_precision(responses, row[None]))[0]
        assert null.discoveries()[0] == (q <= 0.05).sum()
        found.append((q[:known] <= 0.05).mean())
        false.append((q[known:] <= 0.05).sum() / max(1, (q <= 0.05).sum()))
    assert np.mean(found) > 0.95
    assert np.mean(false) <= 0.05 + 3 * np.std(false) / np.sqrt(problems)
    assert np.mean(false) > 0.02, "the level is used, not far undercut"


def test_planted_units_of_a_network_are_discovered_and_shuffled_labels_discover_none() -> None:
    model, tokenizer, planted = planted_model()
    settings = ExpertSettings(k=6)
    tables = find_experts(model, tokenizer, planted_concepts(), settings)
    hits = 0
    experts = tables.experts[tables.experts["module"].str.endswith("fc1")]
    for (concept, language), units in planted.items():
        mine = (experts["concept"] == concept) & (experts["language"] == language)
        rows = experts[mine & (experts["q_value"] <= 0.05)]
        hits += len(set(zip(rows["layer"], rows["unit"], strict=True)) & units)
    assert hits >= 0.95 * 6 * len(planted)
    samples = tables.samples
    assert (samples["p_value"] == 1 / (1 + settings.permutations)).all()
    assert (samples["discoveries"] >= 6).all()
    assert (samples["null_max"] < tables.experts.query("rank == 0")["ap"].to_numpy()).all()
    shuffled = find_experts(
        model, tokenizer, planted_concepts(shuffled=True), ExpertSettings(k=6)
    ).samples
    # Of twelve cases three at the most: four have a chance of 0.002 at a rate of 0.05.
    assert (shuffled["discoveries"] > 0).sum() <= 3
    assert (shuffled["p_value"] < 0.1).sum() <= 4


def test_without_permutations_experts_are_the_same_and_their_chance_unknown() -> None:
    model = tiny_model()
    concepts = concept_set(["dog", "house", "joy"], {"en": small_concepts()})
    settings = ExpertSettings(k=20)
    known = find_experts(model, TOKENIZER, concepts, settings)
    unknown = find_experts(model, TOKENIZER, concepts, replace(settings, permutations=0))
    for ours, theirs, added in (
        (known.experts, unknown.experts, ["p_value", "q_value"]),
        (known.samples, unknown.samples, ["discoveries", "null_max", "p_value"]),
    ):
        assert ours[added].notna().all(axis=None)
        assert theirs[added].isna().all(axis=None)
        pd.testing.assert_frame_equal(ours.drop(columns=added), theirs.drop(columns=added))
    with pytest.raises(UserError, match=r"experts.permutations: must be at least 0"):
        replace(settings, permutations=-1)
