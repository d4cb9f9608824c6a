from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from analysis.concepts.matching import Matcher
from tests.analysis.concepts.lexicons import entry

ENGLISH = Matcher(
    "en",
    {
        "house": entry("house(/s)", "house of cards, light house"),
        "god": entry("god(/s), God"),
        "car": entry("car(/s), motor car(/s)"),
        "light": entry("light(/s)"),
    },
)


def shown(sentence: str, matcher: Matcher = ENGLISH) -> set[str]:
    found, _ = matcher.concepts_of(matcher.search(matcher.words(sentence)))
    return {matcher.concepts[concept] for concept in found}


def doubtful(sentence: str, matcher: Matcher = ENGLISH) -> set[str]:
    _, found = matcher.concepts_of(matcher.search(matcher.words(sentence)))
    return {matcher.concepts[concept] for concept in found}


def near(sentence: str, matcher: Matcher = ENGLISH) -> set[str]:
    return {matcher.concepts[concept] for concept in matcher.near(matcher.words(sentence))}


def test_whole_words_are_found_and_parts_of_words_are_not() -> None:
    assert shown("a house by the sea") == {"house"}
    assert shown("the household carefully lighted") == set()
    assert shown("house-car and houses' cars") == {"house", "car"}


def test_the_longest_phrase_of_a_concept_counts() -> None:
    assert shown("his motor car") == {"car"}
    assert shown("a house of cards fell") == set()
    assert doubtful("a house of cards fell") == {"house"}
    assert shown("a house of car parts") == {"house", "car"}


def test_a_phrase_of_one_concept_takes_no_words_from_others() -> None:
    assert shown("the light house") == {"light"}
    assert doubtful("the light house") == {"house"}
    shore = Matcher("en", {"river": entry("river"), "shore": entry("by the river, shore")})
    assert shown("they sat by the river", shore) == {"river", "shore"}


def test_an_excluded_phrase_puts_the_whole_sentence_in_doubt() -> None:
    assert shown("my house is no house of cards") == set()
    assert doubtful("my house is no house of cards") == {"house"}


def test_a_capital_inside_a_sentence_means_a_name() -> None:
    assert shown("House prices rise") == {"house"}
    assert shown("She joined the House of Lords") == set()
    assert shown("HOUSE") == set()
    assert shown("They thanked God for it") == {"god"}
    assert shown("God and the gods") == {"god"}
    # A form with a capital doesn't keep the same word in lower case from beginning a sentence.
    names = Matcher("en", {"sun": entry("sun, Sun", "Sun Tzu"), "hall": entry("sun hall")})
    assert shown("Sun hall and sun", names) == {"sun", "hall"}
    assert shown("Sun Tzu wrote", names) == set()


def test_near_is_whatever_might_show_the_concept() -> None:
    assert near("She joined the House of Lords") == {"house"}
    assert near("the household carefully") == {"house", "car"}
    assert near("a HOUSE OF CARDS") == {"house", "car"}
    assert near("nothing of it") == set()


def test_words_of_a_language_without_spaces_are_cut_first() -> None:
    chinese = Matcher(
        "zh", {"hand": entry("手"), "house": entry("房子"), "doctor": entry("医生, 大夫")}
    )
    assert shown("他的手很大。", chinese) == {"hand"}
    assert shown("他的手机很大。", chinese) == set()
    assert shown("這房子很大，醫生說。", chinese) == {"house", "doctor"}
    # A negative must not have the character even inside another word.
    assert near("他的手机很大。", chinese) == {"hand"}


def test_a_form_of_two_concepts_shows_both() -> None:
    both = Matcher("en", {"sea": entry("sea"), "shore": entry("shore, sea shore, sea")})
    assert shown("by the sea", both) == {"sea", "shore"}
    assert shown("by the sea shore", both) == {"sea", "shore"}


WORDS = ["ab", "a", "b", "abc", "ba"]


PHRASES = st.lists(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join), max_size=4, unique=True
)


@given(
    st.lists(st.tuples(PHRASES, PHRASES), min_size=1, max_size=3),
    st.lists(st.sampled_from(WORDS), max_size=12),
)
def test_it_finds_what_trying_every_place_finds(
    cells: list[tuple[list[str], list[str]]], words: list[str]
) -> None:
    entries = {
        f"c{number}": entry(", ".join(["zzz", *shows]), ", ".join(excluded))
        for number, (shows, excluded) in enumerate(cells)
    }
    matcher = Matcher("en", entries)
    found = Counter(matcher.search(words))
    for number, mine in enumerate(entries.values()):
        forms = [
            (pattern.text.split(), excludes)
            for excludes, patterns in ((False, mine.words), (True, mine.excluded))
            for pattern in patterns
        ]
        expected: Counter[tuple[str, bool]] = Counter()
        at = 0
        while at < len(words):
            fits = [form for form in forms if words[at : at + len(form[0])] == form[0]]
            longest = max((len(form) for form, _ in fits), default=0)
            expected.update((" ".join(form), no) for form, no in fits if len(form) == longest)
            at += max(1, longest)
        rules = {
            place: rule for place, rule in enumerate(matcher.patterns) if rule.concept == number
        }
        assert expected == Counter(
            {(rule.pattern.text, rule.excludes): found[place] for place, rule in rules.items()}
        )
        assert not expected or number in matcher.near(words)
