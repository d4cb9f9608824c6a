"""What the search for language neurons may be told."""

from dataclasses import dataclass

from analysis.bounds import check_least, check_shares


@dataclass(frozen=True)
class LapeSettings:
    """Settings of language neurons; raises `UserError` naming the field whose value is wrong."""

    tokens_per_language: int = 16384
    """Documents are read in their order until they hold this many tokens; every language is cut to
    as many as the language with the least text has."""

    context: int = 1024
    """Tokens of a window at most, the one before its text included; fewer where the model has fewer
    positions."""

    share: float = 0.01
    """Share of all neurons that is kept, those of lowest entropy."""

    quantile: float = 0.95
    """Of all neurons' activation probabilities in all languages: a neuron belongs to the languages
    in which it exceeds this quantile, and one that exceeds it in none is not kept."""

    permutations: int = 20
    """How often the documents are shuffled over the languages for the chance levels."""

    draws: int = 200
    """Bootstrap draws for the intervals."""

    batch_tokens: int = 8192
    """Tokens of one forward, padding included: half of it takes half the memory."""

    memory_mb: int = 2048
    """Bound on the counts that are held, one of 4 bytes for each document and neuron, in MiB."""

    seed: int = 0
    """Seed of every draw."""

    def __post_init__(self) -> None:
        least = {
            "tokens_per_language": 1,
            "context": 2,
            "permutations": 1,
            "draws": 1,
            "batch_tokens": 1,
            "memory_mb": 1,
        }
        check_least("lape", self, least)
        check_shares("lape", self, "share", "quantile")
