"""How well a tokenizer serves each language."""

from collections import Counter
from collections.abc import Sequence
from itertools import islice

import pandas as pd
import regex
from tqdm import tqdm
from transformers import PreTrainedTokenizerBase

from analysis.errors import UserError
from analysis.languages import LANGUAGES, check_languages
from analysis.text.sources import Source
from tokenizer.loading import decode, encode

_BYTE_NAME = regex.compile(r"<0x[0-9A-F]{2}>")
_WORD_BOUNDARY = regex.compile(r"\b", regex.V1 | regex.WORD)
_IN_A_WORD = regex.compile(r"[\p{L}\p{N}]")

RATES = (
    "tokens_per_word",
    "tokens_per_character",
    "bytes_per_token",
    "unknown_share",
    "byte_share",
)
"""The columns that `mean_over_languages` averages."""


def count_words(text: str) -> int:
    """Words by Unicode's default segmentation (UAX 29) that hold a letter or a digit.

    In Han text that default makes every ideograph a word of its own.
    """
    return sum(1 for part in _WORD_BOUNDARY.split(text) if _IN_A_WORD.search(part))


def evaluate_tokenizer(
    tokenizer: PreTrainedTokenizerBase,
    source: Source,
    languages: Sequence[str],
    *,
    documents: int = 1000,
    progress: bool = True,
) -> pd.DataFrame:
    """One row per language over its first `documents` documents.

    A tokenizer trained on the same source may have seen them; a fair comparison takes other text.

    Columns: `language`; `documents`, `words`, `characters`, `bytes` (UTF-8) and `tokens` counted;
    `counted_as`, "words" or, for languages written without spaces, "characters"; the `RATES`,
    the last two as shares of the tokens; `round_trip_failures`, the documents that decoding does
    not give back. A byte token is one that stands for bytes instead of whole characters. No
    special tokens are added, and those in the text are read as text.

    Raises `UserError` for an unknown language, or one without text.
    """
    check_languages(languages, where="languages")
    if documents < 1:
        raise UserError(f"{documents} documents are none", where="documents", fix="give 1 or more")
    rows = []
    for language in languages:
        counts: Counter[str] = Counter()
        uses: Counter[int] = Counter()
        texts = tqdm(
            islice(source.documents(language), documents),
            desc=f"encoding {language}",
            unit=" documents",
            disable=not progress,
        )
        for text in texts:
            ids = encode(tokenizer, text)
            uses.update(ids)
            counts["documents"] += 1
            counts["words"] += count_words(text)
            counts["characters"] += len(text)
            counts["bytes"] += len(text.encode())
            counts["round_trip_failures"] += decode(tokenizer, ids) != text
        n_tokens = uses.total()
        if n_tokens == 0:
            raise UserError(
                "there is no text", where=f"language {language}", fix="give it documents"
            )
        n_bytes = sum(count for token, count in uses.items() if is_byte_token(tokenizer, token))
        rows.append(
            {
                "language": language,
                "documents": counts["documents"],
                "words": counts["words"],
                "counted_as": "characters" if LANGUAGES[language].script == "Han" else "words",
                "characters": counts["characters"],
                "bytes": counts["bytes"],
                "tokens": n_tokens,
                "tokens_per_word": n_tokens / counts["words"] if counts["words"] else float("nan"),
                "tokens_per_character": n_tokens / counts["characters"],
                "bytes_per_token": counts["bytes"] / n_tokens,
                "unknown_share": uses[_unknown(tokenizer)] / n_tokens,
                "byte_share": n_bytes / n_tokens,
                "round_trip_failures": counts["round_trip_failures"],
            }
        )
    return pd.DataFrame(rows)


def _unknown(tokenizer: PreTrainedTokenizerBase) -> int:
    return -1 if tokenizer.unk_token_id is None else int(tokenizer.unk_token_id)


def is_byte_token(tokenizer: PreTrainedTokenizerBase, token: int) -> bool:
    """Whether a token is a byte-fallback piece or, for a byte-level tokenizer, part of a character.

    The second shows in its decoding to U+FFFD, which stands for bytes that are no character.
    """
    if token in tokenizer.all_special_ids:
        return False
    name = tokenizer.convert_ids_to_tokens(token)
    assert isinstance(name, str)
    if _BYTE_NAME.fullmatch(name):
        return True
    return "\ufffd" in decode(tokenizer, [token]) and "\ufffd" not in name


def mean_over_languages(table: pd.DataFrame) -> dict[str, float]:
    """The mean of each of the `RATES`, every language counting alike."""
    return {rate: float(table[rate].mean()) for rate in RATES}


def format_table(table: pd.DataFrame) -> str:
    """The table as text for people, with the mean as its last line."""
    shown = table.drop(columns="words").astype(
        {"documents": object, "characters": object, "bytes": object, "tokens": object}
    )
    shown.loc[len(shown)] = {
        "language": "mean",
        **dict.fromkeys(("documents", "counted_as", "characters", "bytes", "tokens"), ""),
        **mean_over_languages(table),
        "round_trip_failures": int(table["round_trip_failures"].sum()),
    }
    formats = dict.fromkeys(RATES[:3], "{:.3f}".format)
    formats |= dict.fromkeys(RATES[3:], "{:.4%}".format)
    text: str = shown.to_string(index=False, formatters=formats)
    notes = "documents: the first of each language; the tokenizer may have been trained on them."
    notes += "\nround_trip_failures: the last line is their sum."
    if (table["counted_as"] == "characters").any():
        notes += "\ncounted_as characters: no spaces between words, each ideograph is one word."
    return f"{text}\n{notes}"
