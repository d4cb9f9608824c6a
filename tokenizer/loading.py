"""Opening any Hugging Face tokenizer, and telling one from another."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from transformers import AutoTokenizer, PreTrainedTokenizerBase

from analysis.errors import UserError
from analysis.layout import TOKENIZER_FILES


def load_tokenizer(path_or_name: str | Path) -> PreTrainedTokenizerBase:
    """The tokenizer of a local folder, or of a Hugging Face model by its name.

    Code that comes with a model is never run. Raises `UserError` when the folder is missing,
    holds no tokenizer or a broken one, when the name is not found, or when the tokenizer has no
    end-of-text token.
    """
    path = Path(path_or_name).expanduser()
    if path.is_dir():
        if not any((path / name).is_file() for name in TOKENIZER_FILES):
            raise UserError(
                "the folder holds no tokenizer",
                where=path,
                fix="name one that has a tokenizer.json, or train one: python -m tokenizer train",
            )
        place = str(path)
    elif path.is_file():
        raise UserError("this is a file", where=path, fix="name the tokenizer's folder")
    elif _looks_like_a_path(str(path_or_name)):
        raise UserError(
            "no such folder", where=path, fix="train a tokenizer: python -m tokenizer train"
        )
    else:
        place = str(path_or_name)
    try:
        tokenizer = AutoTokenizer.from_pretrained(place, trust_remote_code=False)
    except Exception as error:  # tokenizers raises bare Exception for a broken file
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise UserError(
            f"the tokenizer cannot be opened: {reason}",
            where=place,
            fix="name a folder that AutoTokenizer opens, or a model on the Hugging Face Hub",
        ) from error
    if not isinstance(tokenizer, PreTrainedTokenizerBase) or set(tokenizer.get_vocab()) <= set(
        tokenizer.all_special_tokens
    ):  # transformers makes one up when the file of the vocabulary is missing
        raise UserError("the tokenizer is empty", where=place, fix="name another one")
    if tokenizer.eos_token_id is None:
        raise UserError(
            "the tokenizer has no end-of-text token",
            where=place,
            fix="set eos_token in its tokenizer_config.json",
        )
    return tokenizer


def _looks_like_a_path(name: str) -> bool:
    """Whether `name` cannot be a Hub id, which is `name` or `owner/name`."""
    return name.startswith(("/", ".", "~")) or name.count("/") > 1 or name.endswith("/")


def encode(tokenizer: PreTrainedTokenizerBase, text: str) -> list[int]:
    """The ids of `text` alone: nothing put around it, and special tokens in it read as text."""
    ids: list[int] = tokenizer.encode(
        text, add_special_tokens=False, split_special_tokens=True, verbose=False
    )
    return ids


def decode(tokenizer: PreTrainedTokenizerBase, ids: Sequence[int]) -> str:
    """The text that `ids` stand for, special tokens shown and nothing tidied."""
    text = tokenizer.decode(
        list(ids), skip_special_tokens=False, clean_up_tokenization_spaces=False
    )
    assert isinstance(text, str)
    return text


def fingerprint(tokenizer: PreTrainedTokenizerBase) -> str:
    """SHA-256 over what decides which ids a text gets and what text ids stand for.

    That is the backend as it serialises itself (for a tokenizer without one, the vocabulary) and
    the special tokens. Truncation and padding, which calls change in passing, are left out.
    """
    contents: dict[str, Any] = {
        "special tokens": {
            name: str(token) for name, token in tokenizer.special_tokens_map.items()
        },
        "special ids": sorted(tokenizer.all_special_ids),
    }
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        contents["class"] = type(tokenizer).__name__
        contents["vocabulary"] = tokenizer.get_vocab()
    else:
        state = json.loads(backend.to_str())
        contents["backend"] = {
            key: value for key, value in state.items() if key not in ("truncation", "padding")
        }
    text = json.dumps(contents, sort_keys=True, ensure_ascii=False)
    # A vocabulary may hold lone surrogates.
    return hashlib.sha256(text.encode("utf-8", errors="surrogatepass")).hexdigest()
