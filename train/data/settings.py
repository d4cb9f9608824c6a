"""Settings of the training data: which text, which tokenizer, how it is cut and mixed."""

from dataclasses import dataclass, field

from analysis.languages import LANGUAGES
from analysis.text.sources import SourceSettings


@dataclass(frozen=True)
class TokenizerSettings:
    """A tokenizer to take, or how to train one on the training part of the source."""

    path: str | None = None
    """Folder or Hub id of a Hugging Face tokenizer; null trains one."""

    vocab_size: int = 256_008
    """Size of the vocabulary of a trained tokenizer, special tokens included."""

    characters: int = 50_000_000
    """Characters of text that a tokenizer is trained on, all languages together."""

    character_coverage: float = 0.9995
    """Share of that text's characters that get pieces of their own; the rarest become bytes."""

    temperature: float = 0.3
    """Share of a language in that text: its characters to this power, normalised."""


@dataclass(frozen=True)
class DataSettings:
    """What prepared data is made from; other values make other data."""

    languages: list[str] = field(default_factory=lambda: list(LANGUAGES))
    """Codes of the languages."""

    source: SourceSettings = field(default_factory=SourceSettings)
    """Where the text comes from."""

    tokenizer: TokenizerSettings = field(default_factory=TokenizerSettings)
    """How text becomes tokens."""

    block_size: int = 512
    """Tokens per training sequence."""

    tokens_per_language: int | None = None
    """Training tokens to prepare at most for each language; null takes the whole text."""

    heldout_share: float = 0.02
    """Share of the documents that training never sees, kept for the analyses."""

    heldout_documents: int = 500
    """Held-out documents per language at most."""

    workers: int | None = None
    """Processes that tokenise; null takes one per core, 0 and 1 work in this one. The result does
    not depend on it."""


@dataclass(frozen=True)
class MixtureSettings:
    """How often each language is drawn."""

    temperature: float = 0.3
    """Share of a language in training: its tokens to this power, normalised; 1 takes the languages
    as they are, 0 takes them equally often."""

    weights: dict[str, float] | None = None
    """Explicit share of each language (normalised), instead of the temperature; 0 or no entry
    leaves a language out."""
