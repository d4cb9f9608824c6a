"""Training a tokenizer from texts, and saving it as a Hugging Face folder.

The vocabulary, by id: XGLM's `<s>` 0, `<pad>` 1, `</s>` 2, `<unk>` 3; the 256 bytes `<0x00>` to
`<0xFF>`, for characters that no piece covers; the pieces, likeliest first; and XGLM's seven
made-up words `<madeupword0>` to `<madeupword6>` last. XGLM in full has 256,008.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, decoders, models, processors
from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast

from analysis.errors import UserError
from analysis.files import whole_folder
from tokenizer.pieces import TooFewPiecesError, rarest, train_pieces
from tokenizer.pretokens import pre_tokenizer

BOS, PAD, EOS, UNK = SPECIALS = ("<s>", "<pad>", "</s>", "<unk>")
BYTES = tuple(f"<0x{byte:02X}>" for byte in range(256))
MADE_UP = tuple(f"<madeupword{number}>" for number in range(7))
N_FIXED = len(SPECIALS) + len(BYTES) + len(MADE_UP)
"""Entries of every vocabulary that are not learned: 267."""

RECORD = "training.json"
"""File of a trained tokenizer's folder that says what it was trained from."""


def train_tokenizer(
    texts: Iterable[str],
    vocab_size: int,
    *,
    progress: bool = True,
    character_coverage: float = 0.9995,
) -> PreTrainedTokenizerFast:
    """A Unigram tokenizer with exactly `vocab_size` entries that reproduces every text.

    Equal texts in any order give equal tokenizers, whatever the number of threads.
    `character_coverage` below 1 leaves the rarest characters, which together make up the rest of
    the occurrences, to byte tokens; the default is SentencePiece's. All texts are held in memory.

    Raises `UserError` when there is no text, when `vocab_size` cannot hold the fixed entries and
    one piece for each character, or when the texts have too few repeated substrings to fill it.
    """
    if not 0 < character_coverage <= 1:
        raise UserError(
            f"{character_coverage} is no share of the characters",
            where="character_coverage",
            fix="give a number above 0 and up to 1",
        )
    if vocab_size <= N_FIXED:
        raise _too_small(vocab_size, 1)
    kept: list[str] = []
    occurrences: Counter[str] = Counter()
    for text in texts:
        kept.append(text)
        occurrences.update(text)
    if rare := rarest(occurrences, character_coverage):
        # Cut there, so that no piece goes across a character that is left to bytes.
        gap = re.compile(f"[{re.escape(''.join(sorted(rare)))}]+")
        kept = [part for text in kept for part in gap.split(text)]
        for character in rare:
            del occurrences[character]
    if not occurrences:
        raise UserError("there is no text to train a tokenizer on", fix="give it documents")
    if vocab_size < N_FIXED + len(occurrences):
        raise _too_small(vocab_size, len(occurrences))
    try:
        pieces = train_pieces(kept, vocab_size - N_FIXED, occurrences, progress=progress)
    except TooFewPiecesError as error:
        most = N_FIXED + error.most
        raise UserError(
            f"the text cannot fill a vocabulary of {vocab_size:,}: it has enough repeated "
            f"substrings for {most:,}",
            where="vocabulary size",
            fix=f"ask for {most:,} or fewer, or give more text",
        ) from error
    return build_tokenizer(pieces)


def _too_small(vocab_size: int, n_characters: int) -> UserError:
    least = N_FIXED + n_characters
    return UserError(
        f"a vocabulary of {vocab_size:,} is too small: it takes {least:,} for "
        f"{len(SPECIALS) + len(MADE_UP)} special tokens, 256 bytes and the {n_characters:,} "
        f"characters of the text",
        where="vocabulary size",
        fix=f"ask for {least:,} or more, or for a lower character coverage",
    )


def build_tokenizer(pieces: Sequence[tuple[str, float]]) -> PreTrainedTokenizerFast:
    """The tokenizer that has `pieces` with their log-probabilities, and the fixed entries.

    Special tokens in a text are text: `split_special_tokens` is set, and is saved with it.
    Like XGLM's own, it puts one `</s>` before a text unless `add_special_tokens=False`.
    """
    # The fixed entries are never matched, since a "<" is a pre-token of its own; their score
    # only has to lie below the others.
    low = min(score for _, score in pieces) - 1.0
    vocabulary = [(name, low) for name in (*SPECIALS, *BYTES)]
    vocabulary += pieces
    vocabulary += [(name, low) for name in MADE_UP]
    backend = Tokenizer(models.Unigram(vocabulary, unk_id=SPECIALS.index(UNK), byte_fallback=True))
    backend.pre_tokenizer = pre_tokenizer()
    backend.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Fuse()])
    backend.post_processor = processors.TemplateProcessing(
        single=f"{EOS} $A",
        pair=f"{EOS} $A {EOS} {EOS} $B",
        special_tokens=[(EOS, SPECIALS.index(EOS))],
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend,
        bos_token=BOS,
        eos_token=EOS,
        unk_token=UNK,
        pad_token=PAD,
        additional_special_tokens=list(MADE_UP),
        split_special_tokens=True,
        clean_up_tokenization_spaces=False,
    )
    assert len(tokenizer) == len(vocabulary), "a special token was not found in the vocabulary"
    return tokenizer


def write_tokenizer_files(tokenizer: PreTrainedTokenizerBase, folder: Path) -> None:
    """Write the files of a tokenizer into a folder that is there; equal ones give equal bytes."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is not None:
        # What the latest call asked for would be saved otherwise; every call sets it anew.
        backend.no_truncation()
        backend.no_padding()
    tokenizer.save_pretrained(folder)
    # Says where this copy was loaded from, so that saving it again would change the file.
    config = folder / "tokenizer_config.json"
    settings = json.loads(config.read_text(encoding="utf-8"))
    for key in ("is_local", "local_files_only", "name_or_path"):
        settings.pop(key, None)
    config.write_text(_json(settings), encoding="utf-8")


def save_tokenizer(
    tokenizer: PreTrainedTokenizerBase,
    folder: Path,
    *,
    record: Mapping[str, Any] | None = None,
) -> None:
    """Write a folder for `AutoTokenizer.from_pretrained`, whole or not at all.

    Equal tokenizers give equal bytes. `record` is put beside it as `training.json`. A folder that
    is there already is replaced. Raises `UserError` when the disk is full.
    """
    with whole_folder(folder) as draft:
        write_tokenizer_files(tokenizer, draft)
        if record is not None:
            (draft / RECORD).write_text(_json(record), encoding="utf-8")


def _json(contents: Mapping[str, Any]) -> str:
    return json.dumps(contents, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
