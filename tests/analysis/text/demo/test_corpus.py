import math
import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
import yaml

from analysis.languages import LANGUAGES
from analysis.text.demo import corpus, lexicon, world
from analysis.text.demo.clauses import Clause, Quality, lexemes
from analysis.text.demo.corpus import SHARES, DemoSource
from analysis.text.demo.grammars import say
from analysis.text.demo.stories import clause_about, story

ROOT = Path(__file__).parents[4]


def test_a_story_is_a_pure_function_of_seed_and_number() -> None:
    first = [story(number, 3) for number in range(20)]
    assert [story(number, 3) for number in reversed(range(20))] == first[::-1]
    assert len({tuple(clauses) for clauses in first}) == 20
    assert story(0, 3) != story(0, 4)
    assert all(4 <= len(story(number)) <= 10 for number in range(200))


def test_stories_name_things_of_the_world_in_its_tenses() -> None:
    known = {*world.NOUNS, *world.VERBS, *world.QUALITIES, *world.TIMES}
    for number in range(300):
        for clause in story(number):
            assert lexemes(clause) <= known
            if clause.time is not None:
                assert getattr(clause, "tense", "past") in world.TIMES[clause.time]
            if isinstance(clause, Quality):
                assert clause.quality in (*world.PREDICABLE[clause.theme], "happy")


def test_a_clause_about_a_noun_names_it() -> None:
    for concept in set(world.NOUNS) - set(world.EMOTIONS):
        for draw in range(20):
            assert concept in lexemes(clause_about(concept, Random(draw))), (concept, draw)


def test_documents_are_stories_and_start_anew() -> None:
    source = DemoSource(40, seed=1)
    first = list(source.documents("es"))
    assert list(source.documents("es")) == first
    place = list(LANGUAGES).index("es")
    assert len(first) == round(40 * SHARES["es"])
    for number, text in enumerate(first):
        said = [say(clause, "es") for clause in story(number * 16 + place, 1)]
        assert text == " ".join(said)
    assert " " not in next(source.documents("zh"))
    assert list(DemoSource(40, seed=2).documents("es")) != first


def test_a_longer_corpus_begins_with_the_shorter() -> None:
    shorter, longer = (list(DemoSource(size).documents("sw")) for size in (100, 200))
    assert longer[: len(shorter)] == shorter
    assert len(longer) == 30


def test_english_is_the_largest_and_every_language_has_a_story() -> None:
    sizes = {code: len(list(DemoSource(100).documents(code))) for code in LANGUAGES}
    assert max(sizes, key=lambda code: sizes[code]) == "en"
    assert sizes == {code: round(100 * SHARES[code]) for code in LANGUAGES}
    assert sorted(sizes.values())[-2] < sizes["en"]
    assert all(list(DemoSource(1).documents(code)) for code in LANGUAGES)


def test_no_story_is_told_in_two_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[Clause, ...]] = []

    def record(index: int, seed: int) -> list[Clause]:
        clauses = story(index, seed)
        told.append(tuple(clauses))
        return clauses

    monkeypatch.setattr(corpus, "story", record)
    documents = [text for code in LANGUAGES for text in DemoSource(50).documents(code)]
    assert len(told) == len(documents) > 250
    assert len(set(told)) == len(told)


def distinct_sentences(stories: int) -> int:
    return len({say(clause, "en") for number in range(stories) for clause in story(number * 16)})


def test_the_demo_run_has_hundreds_of_thousands_of_sentences() -> None:
    settings = yaml.safe_load((ROOT / "configs" / "demo.yaml").read_text(encoding="utf-8"))
    stories = settings["data"]["prepare"]["source"]["stories"]
    half, whole = distinct_sentences(1000), distinct_sentences(2000)
    growth = math.log2(whole / half)  # Heaps' law: distinct ~ stories ** growth
    assert growth > 0.8
    sizes = (whole * (stories * share / 2000) ** growth for share in SHARES.values())
    assert 200_000 < sum(sizes) < 1_000_000


@pytest.fixture
def copied_lexicons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "demo"
    shutil.copytree(lexicon.FOLDER.parent, folder)
    monkeypatch.setattr(lexicon, "FOLDER", folder / "lexicons")
    corpus._made_from.cache_clear()
    yield folder
    corpus._made_from.cache_clear()


def test_a_fingerprint_changes_with_size_seed_and_language() -> None:
    prints = [
        DemoSource(10).fingerprint("en"), DemoSource(11).fingerprint("en"),
        DemoSource(10, seed=1).fingerprint("en"), DemoSource(10).fingerprint("es"),
    ]  # fmt: skip
    assert len(set(prints)) == 4
    assert all(int(value, 16) >= 0 for value in prints)  # hexadecimal, as of every source
    assert DemoSource(10).fingerprint("en") == prints[0]


@pytest.mark.parametrize("file", ["lexicons/en.lex", "grammars/en.py", "world.py"])
def test_a_fingerprint_changes_with_words_and_grammar(copied_lexicons: Path, file: str) -> None:
    before = {code: DemoSource(10).fingerprint(code) for code in ("en", "es")}
    path = copied_lexicons / file
    path.write_text(path.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    corpus._made_from.cache_clear()
    assert DemoSource(10).fingerprint("en") != before["en"]
    only_english = file == "lexicons/en.lex"
    assert (DemoSource(10).fingerprint("es") == before["es"]) == only_english
