"""Cutting text into pre-tokens, within which all pieces of the vocabulary stay.

A pre-token is a word with the one space before it, up to three digits, a run of punctuation, or
a run of white space; nothing is dropped, so the pre-tokens of a text put end to end are the text.
Every run is capped, because scripts without spaces would otherwise give pre-tokens as long as a
paragraph. A "<" always stands alone: that is why a literal "<0x41>" or "<unk>" in a text can never
meet the piece of that name.
"""

from tokenizers import Regex, pre_tokenizers

# Joiners (ZWNJ, ZWJ) are part of the spelling of Indic and Perso-Arabic words.
_LETTERS = "[\\p{L}\\p{M}\u200c\u200d]"
_LETTER = f"[{_LETTERS}&&[^\\p{{Han}}]]"

PATTERN = "|".join(
    (
        "<",
        f" ?{_LETTER}{{1,24}}(?:['’]{_LETTER}{{1,12}})?",
        r" ?\p{Han}{1,16}",
        r" ?\p{N}{1,3}",
        r" ?[^\s\p{L}\p{M}\p{N}<]{1,16}",
        r"\s{1,16}(?!\S)",
        r"\s{1,16}",
    )
)
"""Matches any text from end to end, in Oniguruma's syntax."""


def pre_tokenizer() -> pre_tokenizers.PreTokenizer:
    """The pre-tokenizer of the trained tokenizer, under which the pieces are trained too."""
    return pre_tokenizers.Split(Regex(PATTERN), "isolated")
