from collections import Counter
from pathlib import Path
from random import Random

import pytest

from analysis.concepts.lexicon import FOLDER, MOST_FORMS, expand, read_lexicon
from analysis.concepts.matching import Matcher
from analysis.errors import UserError
from analysis.languages import LANGUAGES
from analysis.text.demo import world
from analysis.text.demo.clauses import lexemes
from analysis.text.demo.grammars import say
from analysis.text.demo.stories import clause_about
from tests.analysis.concepts.lexicons import WORDS, write_lexicon

FIELDS = (
    "people body animals plants food weather places tools transport buildings emotions events "
    "society science money health art war religion time"
).split()


def test_patterns_stand_for_all_their_forms() -> None:
    sets = {"n": ["", "a", "ak"]}
    assert expand("house(/s)", {}, where="x") == ("house", "houses")
    assert expand("niñ(o/a)(/s)", {}, where="x") == ("niño", "niños", "niña", "niñas")
    assert expand("etxe{n}", sets, where="x") == ("etxe", "etxea", "etxeak")
    assert expand("{n}b{n}", sets, where="x")[:4] == ("b", "ba", "bak", "ab")
    assert expand("two words", {}, where="x") == ("two words",)
    assert expand("a(b/b)", {}, where="x") == ("ab",)


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("house(/s", "can't be read from '(/s'"),
        ("house)s", "can't be read from ')s'"),
        ("a(b(c/d))", "can't be read"),
        ("etxe{x}", "{x}, which is not defined; defined: {n}"),
        ("(/s)", "has an empty form"),
        ("(a/b/c/d/e/f/g/h/i/j)" * 5, f"has 100,000 forms; at most {MOST_FORMS:,}"),
    ],
)
def test_a_broken_pattern_is_told_with_its_place(pattern: str, told: str) -> None:
    with pytest.raises(UserError) as caught:
        expand(pattern, {"n": ["", "a"]}, where="en.tsv:7 column words")
    assert told in str(caught.value)
    assert str(caught.value).startswith("en.tsv:7 column words: ")


def table(*rows: str) -> str:
    return WORDS + "".join(f"{row}\n" for row in rows)


@pytest.mark.parametrize(
    ("text", "place", "told"),
    [
        ("concept words\nhouse x", ":1", "the columns are"),
        (
            table("house\thouse\t\t\tok", "house\thouse\t\t\tok"),
            ":3 column concept",
            "stands twice",
        ),
        (table("castle\tcastle\t\t\tok"), ":2 column concept", "unknown concept 'castle'"),
        (table("house\t\t\t\tok"), ":2 column words", "no word for 'house'"),
        (table("house\thouse\tok"), ":2 column doubt", "no cell 'doubt'"),
        (table("house\thouse\t\t\tok\tmore"), ":2 column 6", "6 cells"),
        (table("house\tho(use\t\t\tok"), ":2 column words", "can't be read"),
        (table("house\thouse\thouse of {x}\t\tok"), ":2 column not", "not defined"),
        (table("house\thouse\t\t\tok", "{x}\t/a\t\t\t"), ":3 column concept", "after a concept"),
        (table("{x}\t/a\t\t\t", "{x}\t/a\t\t\t"), ":3 column concept", "stands twice"),
        (table("{x\t/a\t\t\t"), ":2 column concept", "no name of endings"),
        (table("house\thouse\t\t\tok"), "", "no row for 'river'"),
    ],
)
def test_a_broken_row_is_told_with_line_and_column(
    tmp_path: Path, text: str, place: str, told: str
) -> None:
    folder = write_lexicon(tmp_path, {"en": {"house": "house", "river": "river"}})
    (folder / "en.tsv").write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        read_lexicon(["en"], folder)
    assert told in str(caught.value)
    assert f"{folder / 'en.tsv'}{place}: " in str(caught.value)


def test_broken_concepts_are_told(tmp_path: Path) -> None:
    folder = write_lexicon(tmp_path, {"en": {"house": "house"}})
    for rows, told in (
        ("house\tbuildings\t", ":2 column gloss: empty 'gloss'"),
        ("../x\tf\tg", ":2 column concept: concept '../x' can't name a file"),
        ("a\tf\tg\na\tf\tg", ":3 column concept: 'a' stands twice"),
        ("", "no concepts"),
    ):
        (folder / "concepts.tsv").write_text(f"concept\tfield\tgloss\n{rows}\n", encoding="utf-8")
        with pytest.raises(UserError, match=told.replace(".", r"\.")):
            read_lexicon(["en"], folder)
    with pytest.raises(UserError, match="no such table"):
        read_lexicon(["en"], tmp_path / "nowhere")


def test_a_choice_of_concepts_keeps_the_order_and_refuses_unknown_ones() -> None:
    lexicon = read_lexicon(["en"])
    assert list(lexicon.only(["river", "house"]).concepts) == ["river", "house"]
    assert list(lexicon.only([]).concepts) == list(lexicon.concepts)
    with pytest.raises(UserError, match="unknown concept 'unicorn'"):
        lexicon.only(["unicorn"])


def test_the_lexicon_has_200_concepts_of_20_fields() -> None:
    concepts = read_lexicon(["en"]).concepts
    assert len(concepts) == 200
    assert {"earthquake", "house", "joy"} <= set(concepts)
    fields = [concept.field for concept in concepts.values()]
    assert list(dict.fromkeys(fields)) == FIELDS
    assert all(fields.count(field) == 10 for field in FIELDS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_cell_is_filled_and_was_read_by_a_second_person(language: str) -> None:
    entries = read_lexicon([language]).entries[language]
    assert len(entries) == 200
    for name, entry in entries.items():
        assert entry.review, f"{language} {name} was not reviewed"
        assert "\n" not in entry.doubt
    text = (FOLDER / f"{language}.tsv").read_text(encoding="utf-8")
    assert text.isprintable() or all(
        char.isprintable() or char in "\t\n\u200c\u200d" for char in text
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_demo_draws_its_nouns_from_the_lexicon(language: str) -> None:
    """What the demo's grammars say of a concept, the lexicon finds, and little else."""
    entries = read_lexicon([language]).entries[language]
    matcher = Matcher(language, entries)
    shared = [name for name in entries if name in world.NOUNS]
    assert len(shared) > 70
    random = Random(1)
    said, found, made_up = Counter[str](), Counter[str](), Counter[str]()
    for name in shared:
        for _ in range(20):
            clause = clause_about(name, random)
            words = matcher.words(say(clause, language))
            shown = {matcher.concepts[at] for at in matcher.concepts_of(matcher.search(words))[0]}
            means = lexemes(clause)
            said.update(means & set(shared))
            found.update(means & shown)
            made_up.update((shown & set(shared)) - means)
    assert found.total() > 0.97 * said.total()
    assert {name for name in shared if found[name] < 0.6 * said[name]} == set()
    # Who is glad has joy, who draws makes a picture: the lexicon says so, the demo doesn't.
    assert made_up.total() < 0.02 * said.total()


@pytest.mark.parametrize("language", LANGUAGES)
def test_precision_was_judged_sentence_by_sentence(language: str) -> None:
    lines = (FOLDER / f"precision/{language}.tsv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "concept\tdigest\tseed\tverdict\tnote"
    rows = [line.split("\t") for line in lines[1:]]
    assert len({(concept, digest) for concept, digest, *_ in rows}) == 100
    assert {concept for concept, *_ in rows} <= set(read_lexicon([language]).concepts)
    assert all(len(bytes.fromhex(digest)) == 8 for _, digest, *_ in rows)
    wrong = [note for *_, verdict, note in rows if verdict != "right"]
    assert all(wrong), "say what is wrong"
    assert len(wrong) <= 5
