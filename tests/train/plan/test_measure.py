"""What is told of the whole from a part, on work whose time is known."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.concepts.demo import demo_concepts
from analysis.concepts.sets import ConceptPool
from analysis.inputs import Inputs
from analysis.settings import AnalysisSettings
from train.plan.measure import LONG_ENOUGH, Part, Work, extrapolated, some_sentences, work_of


def pretend(whole: int, first: int = 2, power: int = 1) -> Work:
    nothing = Inputs(AnalysisSettings(), {}, "", None, ())
    return Work("units", first, whole, lambda n: Part(nothing, n**power), whole**power)


@pytest.mark.parametrize("power", [1, 2])
def test_a_line_through_the_last_two_parts_tells_the_whole(power: int) -> None:
    made = []

    def timed(part: Part) -> float:
        made.append(part.cost)
        return 3 + 0.1 * part.cost

    seconds, units = extrapolated(pretend(10_000, power=power), timed)
    assert seconds == pytest.approx(3 + 0.1 * 10_000**power)
    assert 3 + 0.1 * made[-2] < LONG_ENOUGH <= 3 + 0.1 * made[-1]
    assert units**power == made[-1]


def test_what_takes_little_is_made_whole_and_what_takes_long_only_once() -> None:
    assert extrapolated(pretend(11), lambda part: part.cost) == (11, 11)
    assert extrapolated(pretend(1), lambda part: part.cost) == (1, 1)
    made = []

    def slow(part: Part) -> float:
        made.append(part.cost)
        return 100 * part.cost

    assert extrapolated(pretend(1000), slow) == (100_000, 2)
    assert made == [2]
    # More work in less time, as where the first part warms a device up.
    times = iter([8.0, 4.0])
    work = replace(pretend(8), cost=80)
    assert extrapolated(work, lambda _: next(times)) == (40, 8)


def selecting(pool: ConceptPool) -> list[tuple[int, int]]:
    chosen = pool.labels[:, pool.part == "select"]
    return [(int((row == 1).sum()), int((row == 0).sum())) for row in chosen[pool.has()]]


def test_a_part_of_the_sentences_keeps_every_concept() -> None:
    pool = demo_concepts(["en", "sw"]).pools["en"]
    fewer = some_sentences(pool, 10)
    assert 10 <= len(fewer.sentences) < len(pool.sentences) / 4
    assert fewer.has().tolist() == pool.has().tolist()
    assert all(positives and negatives for positives, negatives in selecting(fewer))
    places = {text: n for n, text in enumerate(pool.sentences)}
    for n, text in enumerate(fewer.sentences):
        np.testing.assert_array_equal(fewer.labels[:, n], pool.labels[:, places[text]])
    assert some_sentences(pool, len(pool.sentences)).sentences == pool.sentences


def test_the_parts_of_each_analysis() -> None:
    settings = AnalysisSettings()
    concepts = demo_concepts(["en", "sw"])
    texts = {code: ["a", "b"] for code in ("en", "es", "sw")}
    inputs = Inputs(settings, texts, "", concepts, ("heldout", "probing", "experts"))
    part = work_of("heldout", inputs).part(2)
    assert list(part.inputs.heldout) == ["en", "es"]
    part = work_of("probing", inputs).part(1)
    assert part.inputs.settings.probing is not None
    assert part.inputs.settings.probing.seeds == 1
    work = work_of("experts", inputs)
    sizes = [len(pool.sentences) for pool in concepts.pools.values()]
    assert (work.whole, work.cost) == (max(sizes), sum(sizes))
    part = work.part(work.whole // 2)
    assert part.inputs.concepts is not None
    assert len(part.inputs.concepts.pools) == 1
    assert settings.experts is not None
    assert part.inputs.settings.experts is not None
    share = part.inputs.settings.experts.memory_mb / settings.experts.memory_mb
    assert share == pytest.approx(part.cost / work.whole, rel=0.01)
    assert Path(part.inputs.settings.concepts) == Path(settings.concepts)
