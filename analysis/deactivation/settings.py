"""What the deactivation of language neurons may be told."""

from dataclasses import dataclass

from analysis.bounds import check_least, check_shares


@dataclass(frozen=True)
class DeactivationSettings:
    """Settings of the deactivation; raises `UserError` naming the field whose value is wrong.

    With L languages the text scored is read (1 + random_draws) L + 1 times, that on which neurons
    are chosen once.
    """

    tokens_per_language: int = 8192
    """Documents are scored, whole and in a random order, until they hold this many tokens. An
    interval over documents needs about ten of them."""

    choosing_share: float = 0.5
    """Share of a language's documents that the neurons are chosen on; others are scored."""

    choosing_tokens: int = 4096
    """Tokens of each language that they are chosen on; every language is cut to as many as the
    language with the least text has."""

    share: float = 0.01
    """Share of all neurons that each language gets for its own: of those active in it the ones of
    lowest entropy."""

    quantile: float = 0.95
    """Of all neurons' activation probabilities in all languages: a neuron is active in the
    languages in which it exceeds this quantile, as for lape."""

    random_draws: int = 2
    """Sets of as many random neurons of each layer that are set to zero for the chance level."""

    context: int = 1024
    """Tokens of a window at most; fewer where the model has fewer positions."""

    batch_tokens: int = 8192
    """Tokens of one forward, padding included: half of it takes half the memory."""

    chunk_rows: int = 1024
    """Rows of logits that exist at a time, each of the vocabulary's size in fp32."""

    seed: int = 0
    """Seed of every draw."""

    def __post_init__(self) -> None:
        least = {
            "tokens_per_language": 1,
            "choosing_tokens": 1,
            "random_draws": 1,
            "context": 2,
            "batch_tokens": 1,
            "chunk_rows": 1,
        }
        check_least("deactivation", self, least)
        check_shares("deactivation", self, "choosing_share", "share", "quantile")
