"""Words whose form depends on the word beside them: verbs by their object, qualities by their noun.

A lexicon row may hold, next to a column such as `form`, columns such as `form cloth` for the same
form beside certain partners: the block or the identifier of another word, or a stage of rice.
"""

from analysis.text.demo.lexicon import Lexicon


def fitting(words: Lexicon, identifier: str, column: str, *partners: str) -> str:
    """The form beside the first partner that the row provides for, else the one in `column`."""
    for partner in partners:
        form = words.forms.get((identifier, f"{column} {partner}"))
        if form:
            return form
    return words[identifier, column]


def sounds(noun: str, words: Lexicon) -> bool:
    """Whether one hears a thing's sound ("the sound of the lion") rather than the thing itself."""
    return noun == "drum" or words.kind(noun) == "animal"
