"""Which concepts a text is about: the lexicon's words that stand in it, by language.

A text may be in any language, or in several, so the words of every language are looked for in all
of it, cut into sentences and words as that language is. The rules are those by which the concept
set was made (`analysis.concepts.matching`): whole words only, no capital inside a sentence, and no
sentence that has an excluded phrase.

A word that two languages spell alike ("animal") counts for both: the text alone doesn't say which
was meant. A word may also be another language's word for something else: Spanish "es" is Indonesian
ice, and every third short Spanish text has it. Texts without forcing show how often that happens;
where only words of the text's own language count (`analysis.steering.identification`) it hardly
does.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from analysis.concepts.lexicon import Lexicon, read_lexicon
from analysis.concepts.matching import Matcher
from analysis.text.sentences import sentences


class Mentions:
    """Looks for the concepts of a lexicon.

    Building it takes about 20 ms for each concept and language, a search 3 ms for sixteen
    languages: build it once, of no more concepts than are needed (`known_mentions`).

    Attributes:
        languages: Whose words are looked for.
        concepts: What is looked for.

    """

    def __init__(self, lexicon: Lexicon) -> None:
        self.languages = tuple(lexicon.entries)
        self.concepts = tuple(lexicon.concepts)
        self._matchers = {
            language: Matcher(language, entries) for language, entries in lexicon.entries.items()
        }

    def find(self, text: str) -> Mapping[str, tuple[str, ...]]:
        """For each concept the languages whose words for it stand in `text`, often none.

        A concept that the lexicon doesn't have is no key: nothing can be said of it.
        """
        found: dict[str, list[str]] = {concept: [] for concept in self.concepts}
        for language, matcher in self._matchers.items():
            shown: set[int] = set()
            for sentence in sentences(text, language):
                of_sentence, _ = matcher.concepts_of(matcher.search(matcher.words(sentence)))
                shown |= of_sentence
            for number in shown:
                found[matcher.concepts[number]].append(language)
        return {concept: tuple(languages) for concept, languages in found.items()}


def known_mentions(concepts: Sequence[str], languages: Sequence[str]) -> Mentions:
    """What looks for those of `concepts` that our lexicon has; kept for the next call.

    A foreign concept set may have others, or none of them. Raises `UserError` for a language that
    the lexicon doesn't have.
    """
    return _known_mentions(tuple(concepts), tuple(languages))


@lru_cache(maxsize=1)
def _known_mentions(concepts: tuple[str, ...], languages: tuple[str, ...]) -> Mentions:
    lexicon = read_lexicon(languages)
    known = [concept for concept in concepts if concept in lexicon.concepts]
    if not known:  # for `only`, naming none means all
        return Mentions(Lexicon(lexicon.folder, {}, {language: {} for language in languages}))
    return Mentions(lexicon.only(known))
