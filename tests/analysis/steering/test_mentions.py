"""Mentions of concepts: which language's words stand in a text, whatever its own language."""

import pytest

from analysis.concepts.lexicon import Lexicon, read_lexicon
from analysis.errors import UserError
from analysis.steering import mentions
from analysis.steering.mentions import Mentions, known_mentions

CODES = ("ar", "bn", "en", "es", "hi", "pt", "sw", "zh")
CONCEPTS = ("dog", "water", "hand", "sun")


@pytest.fixture(scope="module")
def found() -> Mentions:
    return Mentions(read_lexicon(CODES).only(CONCEPTS))


@pytest.mark.parametrize(
    ("text", "languages"),
    [
        ("كان الكلب نائما أمام البيت.", ("ar",)),
        ("উঠানে একটা কুকুর ঘুমাচ্ছে।", ("bn",)),
        ("Two dogs slept in the yard.", ("en",)),
        ("Los perros duermen en el patio.", ("es",)),
        ("आँगन में एक कुत्ता सो रहा है।", ("hi",)),
        ("Os cachorros dormem no pátio.", ("pt",)),
        ("Mbwa amelala uani.", ("sw",)),
        ("院子里有一只狗。", ("zh",)),
        ("院子裡有一隻狗。", ("zh",)),
        ("Nothing of the kind. Nada. 没有。", ()),
    ],
)
def test_the_words_of_each_language(found: Mentions, text: str, languages: tuple[str, ...]) -> None:
    assert found.find(text)["dog"] == languages


def test_several_languages_and_concepts_of_one_text(found: Mentions) -> None:
    text = "The dog barked. Llegaron dos perros sin agua.\n狗在院子里。 Dogs again"
    assert found.find(text) == {
        "dog": ("en", "es", "zh"),
        "hand": (),
        "sun": (),
        "water": ("es", "pt"),
    }


def test_a_word_that_languages_spell_alike_counts_for_each(found: Mentions) -> None:
    assert found.find("no hay sol")["sun"] == ("es", "pt")
    assert found.find("dos soles")["sun"] == ("es",)


def test_every_sentence_and_every_line_is_searched(found: Mentions) -> None:
    assert found.find("It was late. Dogs barked")["dog"] == ("en",)
    assert found.find("It was late\nDogs barked")["dog"] == ("en",)
    # A capital inside a sentence means a name.
    assert found.find("It was late for Dog")["dog"] == ()
    # Parts of words, and phrases that mean something else.
    assert found.find("doggerel")["dog"] == ()
    assert found.find("he ate a hot dog")["dog"] == ()


@pytest.mark.parametrize("text", ["", "\n\n", "...", "\ufffd\ufffd", "12", "🙂"])
def test_texts_without_words(found: Mentions, text: str) -> None:
    assert found.find(text) == dict.fromkeys(found.find("dog"), ())


def test_what_the_lexicon_does_not_have_is_not_told(found: Mentions) -> None:
    assert set(found.find("a dog")) == set(CONCEPTS)
    assert found.find("a spaceship").get("spaceship") is None
    assert known_mentions(["spaceship"], ["en"]).find("a spaceship, a dog") == {}
    known = known_mentions(["spaceship", "dog"], ["en", "es"])
    assert known.concepts == ("dog",)
    assert known.languages == ("en", "es")
    assert known.find("a dog on a spaceship") == {"dog": ("en",)}


def test_the_lexicon_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = known_mentions(["dog"], ["en"])

    def again(*_args: object) -> Lexicon:
        raise AssertionError("read again")

    monkeypatch.setattr(mentions, "read_lexicon", again)
    assert known_mentions(("dog",), ("en",)) is first


def test_a_language_without_a_table() -> None:
    with pytest.raises(UserError, match="unknown language 'de'"):
        known_mentions(["dog"], ["en", "de"])
