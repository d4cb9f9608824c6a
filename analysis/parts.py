"""Held-out documents in two parts that share no text: one to choose with, one to measure on."""

from collections.abc import Mapping, Sequence

from analysis.errors import UserError
from analysis.seeds import stream

Documents = dict[str, list[str]]


def two_parts(
    heldout: Mapping[str, Sequence[str]], share: float, seed: int, analysis: str
) -> tuple[Documents, Documents]:
    """A random `share` of each language's documents and the others, both in random order.

    Documents with the same text count once, blank ones not at all; each part has at least one. The
    stream is named after `analysis`, and a language's parts do not depend on the other languages.
    Raises `UserError` for a language with fewer than two documents.
    """
    first: Documents = {}
    second: Documents = {}
    for language, texts in heldout.items():
        documents = [text for text in dict.fromkeys(texts) if text.strip()]
        if len(documents) < 2:
            raise UserError(
                f"language '{language}' has {len(documents)} distinct documents, "
                f"{analysis} needs 2",
                where="held-out text",
                fix="hold out more documents or leave the language out",
            )
        order = stream(seed, f"{analysis}.parts", language).permutation(len(documents)).tolist()
        size = min(max(1, round(share * len(documents))), len(documents) - 1)
        first[language] = [documents[place] for place in order[:size]]
        second[language] = [documents[place] for place in order[size:]]
    return first, second
