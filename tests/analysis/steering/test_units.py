"""The units that are forced: experts and controls, and what a planted model writes under them."""

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from analysis.activations.responses import pooled_responses, tokenize
from analysis.activations.units import find_units
from analysis.concepts.sets import concept_set
from analysis.errors import UserError
from analysis.experts.experts import find_experts
from analysis.experts.settings import PRESETS, ExpertSettings
from analysis.steering.forcing import Forcing
from analysis.steering.generate import Job, generate
from analysis.steering.settings import SteeringSettings
from analysis.steering.units import (
    EXPERTS,
    RANDOM,
    SHUFFLED,
    Steered,
    choose_units,
    steered_concepts,
)
from tests.analysis.activations.tiny import tiny_model
from tests.analysis.experts.test_experts import TOKENIZER, random_concepts
from tests.analysis.steering.planted import (
    CONCEPTS,
    MODULE,
    WORDS,
    language_shares,
    planted_concepts,
    planted_model,
    unit_of,
)

SETTINGS = SteeringSettings(source_languages=("en", "sw"), k=8, other_k=(4, 12))


def chosen(preset: str = "masked", **more: Any) -> list[Steered]:
    settings = replace(SETTINGS, **more)
    concepts = steered_concepts(random_concepts(), settings)
    return choose_units(tiny_model(), TOKENIZER, concepts, settings, ExpertSettings(preset=preset))


def named(forcing: Forcing) -> dict[tuple[str, int], float]:
    keys = zip(forcing.modules, forcing.units.tolist(), strict=True)
    return dict(zip(keys, forcing.values.tolist(), strict=True))


@pytest.mark.parametrize("preset", list(PRESETS))
def test_experts_are_those_of_the_expert_analysis_for_every_k(preset: str) -> None:
    found = [one for one in chosen(preset, factors=(1.0, -2.0)) if one.kind == EXPERTS]
    assert len(found) == 2 * 3 * 3 * 2  # languages, concepts, ks, factors
    for k in (4, 8, 12):
        settings = ExpertSettings(preset=preset, k=k, permutations=0)
        theirs = find_experts(tiny_model(), TOKENIZER, random_concepts(), settings).experts
        for one in (one for one in found if one.k == k):
            rows = theirs[(theirs["language"] == one.language) & (theirs["concept"] == one.concept)]
            keys = zip(rows["module"], rows["unit"], strict=True)
            held = dict(zip(keys, one.factor * rows["forced"], strict=True))
            assert named(one.forcing) == pytest.approx(held, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("preset", list(PRESETS))
def test_random_units_stand_in_the_experts_layers_at_their_own_medians(preset: str) -> None:
    model, concepts = tiny_model(), random_concepts()
    groups = find_units(model)
    layer_of = {group.module: group.layer for group in groups}
    names = [(group.module, unit) for group in groups for unit in range(group.width)]
    every = chosen(preset)
    for control in (one for one in every if one.kind == RANDOM):
        (experts,) = (
            one
            for one in every
            if (one.kind, one.language, one.concept, one.k)
            == (EXPERTS, control.language, control.concept, 8)
        )
        mine, theirs = named(control.forcing), named(experts.forcing)
        assert len(mine) == control.k == 8
        assert not mine.keys() & theirs.keys()
        layers = [Counter(layer_of[module] for module, _ in units) for units in (mine, theirs)]
        assert layers[0] == layers[1]
        pool = concepts.pools[control.language]
        label = pool.labels[concepts.concepts.index(control.concept)]
        positives = [
            pool.sentences[row] for row in np.flatnonzero((label == 1) & (pool.part == "select"))
        ]
        responses = pooled_responses(
            model, TOKENIZER, tokenize(TOKENIZER, positives), groups, PRESETS[preset].pooling
        ).numpy()
        medians = {unit: np.median(responses[:, names.index(unit)]) for unit in mine}
        assert mine == pytest.approx(medians, rel=1e-4, abs=1e-5)


def test_controls_are_drawn_by_the_seed_alone() -> None:
    def controls(**more: Any) -> list[dict[tuple[str, int], float]]:
        return [named(one.forcing) for one in chosen(**more) if one.kind in (RANDOM, SHUFFLED)]

    assert controls() == controls(other_k=(12, 4))
    assert all(a != b for a, b in zip(controls(), controls(seed=1), strict=True))
    only = [one for one in chosen(concepts=("house",)) if one.kind == RANDOM]
    among = [one for one in chosen() if one.kind == RANDOM and one.concept == "house"]
    assert [named(one.forcing).keys() for one in only] == [
        named(one.forcing).keys() for one in among
    ]
    assert {one.kind for one in chosen(controls=False)} == {EXPERTS}


def test_concepts_are_those_that_all_source_languages_have() -> None:
    whole = planted_concepts()
    es = whole.pools["es"]
    pools = whole.pools | {"es": replace(es, labels=es.labels.copy())}
    pools["es"].labels[0] = -1  # es goes without the first
    concepts = concept_set(CONCEPTS, pools)
    settings = SteeringSettings(source_languages=("sw", "es"))
    assert steered_concepts(concepts, settings).concepts == CONCEPTS[1:]
    assert list(steered_concepts(concepts, settings).pools) == ["sw", "es"]
    one = steered_concepts(concepts, replace(settings, concepts=1))
    assert one.concepts in [(name,) for name in CONCEPTS[1:]]
    assert one.concepts == steered_concepts(concepts, replace(settings, concepts=1)).concepts
    for wrong, message in (
        ({"source_languages": ("es", "zh")}, "source_languages: .* 'zh'.* it has en es sw"),
        ({"concepts": ("dog",)}, "no 'dog' in sw and es; it has river house"),
        ({"concepts": 3}, "2 concepts in sw and es, not 3"),
    ):
        with pytest.raises(UserError, match=message):
            steered_concepts(concepts, replace(settings, **wrong))


@pytest.mark.parametrize(
    ("preset", "wrong", "message"),
    [
        ("masked", {"k": 5000}, r"k = 5000, but the model has 208 units"),
        ("kojima2024", {"other_k": (7,)}, "k = 7 is odd"),
        ("masked", {"k": 200}, r"steering.k: \d+ of the \d+ units of layer \d .*'dog' in 'en'"),
    ],
)
def test_a_k_that_the_model_has_no_room_for(
    preset: str, wrong: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        chosen(preset, **wrong)


def test_a_planted_model_writes_the_language_whose_expert_is_forced() -> None:
    model, tokenizer = planted_model()
    settings = SteeringSettings(source_languages=("es", "sw"), k=1, other_k=())
    concepts = steered_concepts(planted_concepts(), settings)
    units = choose_units(model, tokenizer, concepts, settings, ExpertSettings())

    def texts(forcing: Forcing | None) -> list[str]:
        jobs = [Job(forcing, seed) for seed in range(20)]
        return [one.text for one in generate(model, tokenizer, jobs, max_new_tokens=20)]

    free = language_shares(texts(None))
    assert max(free.values()) < 0.6
    unforced = " ".join(texts(None)).split()
    shares: dict[str, list[float]] = {}
    for one in units:
        found = texts(one.forcing)
        shares.setdefault(one.kind, []).append(language_shares(found)[one.language])
        if one.kind == EXPERTS:
            assert list(named(one.forcing)) == [(MODULE, unit_of(one.concept, one.language))]
            word, words = WORDS[one.language][one.concept], " ".join(found).split()
            assert words.count(word) / len(words) > 2 * unforced.count(word) / len(unforced)
    assert min(shares[EXPERTS]) > 0.95
    # One unit that chance picks may be another planted one; all of them are not.
    assert np.mean(shares[RANDOM]) < 0.6
    assert np.mean(shares[SHUFFLED]) < 0.6
