import json
import unicodedata
from functools import cache
from pathlib import Path

import pytest

from analysis.languages import LANGUAGES
from analysis.text.demo.clauses import (
    Action,
    Clause,
    Happening,
    Location,
    Motion,
    Phrase,
    Presence,
    Quality,
)
from analysis.text.demo.grammars import say
from analysis.text.demo.stories import story

GOLDEN = Path(__file__).parent / "golden"
UNICODE = {"Han": "CJK"}
"""What the names of a script's characters start with, where that is not the script's name."""
STOPS = {"zh": "。", "ur": "۔", "hi": "।", "bn": "।"}


@cache
def clauses(stories: int) -> tuple[Clause, ...]:
    return tuple(dict.fromkeys(clause for number in range(stories) for clause in story(number, 7)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything_in_its_script(language: str) -> None:
    script = LANGUAGES[language].script
    start = UNICODE.get(script, script.upper())
    for clause in clauses(300):
        text = say(clause, language)
        assert unicodedata.is_normalized("NFC", text), text
        assert text.isprintable(), text
        assert text == " ".join(text.split()), text
        assert text.endswith(STOPS.get(language, ".")), text
        words = [char for char in text if unicodedata.category(char)[0] in "LM"]
        assert len(words) >= 3, text
        assert all(unicodedata.name(char).startswith(start) for char in words), text
        assert set(text) - set(words) <= set(" .,'-。۔।"), text
        assert not text[0].islower(), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_clause_is_always_said_the_same_way_and_others_otherwise(language: str) -> None:
    """Different meanings may coincide (formal and plain tenses, no articles), but seldom do."""
    said = [say(clause, language) for clause in clauses(300)]
    assert said == [say(clause, language) for clause in clauses(300)]
    assert len(set(said)) > 0.85 * len(said)


def test_the_stories_hold_every_kind_of_clause() -> None:
    kinds = {type(clause) for clause in clauses(300)}
    assert kinds == {Action, Motion, Location, Presence, Quality, Happening}


def build(text: str) -> Clause:
    """The clause that a golden line writes as JSON: {kind: fields that have no default}."""
    ((kind, fields),) = json.loads(text).items()
    if "agents" in fields:
        fields["agents"] = tuple(fields["agents"])
    for name in ("object", "theme"):
        if isinstance(fields.get(name), dict):
            fields[name] = Phrase(**fields[name])
    kinds = {c.__name__: c for c in (Action, Motion, Location, Presence, Quality, Happening)}
    clause: Clause = kinds[kind](**fields)
    return clause


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_sentences_that_readers_have_checked_stay_as_they_are(language: str) -> None:
    lines = (GOLDEN / f"{language}.tsv").read_text(encoding="utf-8").splitlines()
    assert len(lines) >= 20
    for line in lines:
        clause, english, checked = line.split("\t")
        assert say(build(clause), "en") == english
        assert say(build(clause), language) == checked


def test_english_is_this() -> None:
    said: dict[Clause, str] = {
        Action(("dog", "girl"), "eat", "present", Phrase("egg", definite=False)):
            "The dog and the girl eat an egg.",
        Action(("girl",), "eat", "past", Phrase("egg", definite=False, count=3, quality="small"),
               place="kitchen", time="yesterday"):
            "Yesterday, the girl ate three small eggs in the kitchen.",
        Action(("man",), "look_for", "present", Phrase("key"), negated=True):
            "The man does not look for the key.",
        Action(("boy", "man"), "look_for", "past", Phrase("key"), negated=True):
            "The boy and the man did not look for the key.",
        Action(("boy",), "give", "past", Phrase("bread", definite=False), "dog"):
            "The boy gave bread to the dog.",
        Motion(("king",), "go", "sea", "present"): "The king goes to the sea.",
        Location("cat", "garden", "past", negated=True): "The cat was not in the garden.",
        Presence(Phrase("goat", definite=False, count=2), "field", "past"):
            "There were two goats in the field.",
        Quality("bread", "hot", "present", negated=True): "The bread is not hot.",
        Happening("storm", "island", "winter"): "In winter, there was a storm on the island.",
    }  # fmt: skip
    assert {say(clause, "en") for clause in said} == set(said.values())
    assert [say(clause, "en") for clause in said] == list(said.values())
