"""What the logit lens may be told."""

from dataclasses import dataclass

from analysis.bounds import check_least, check_shares, out_of_range


@dataclass(frozen=True)
class LensSettings:
    """Settings of the logit lens; raises `UserError` naming the field whose value is wrong."""

    tokens_per_language: int = 128
    """Tokens of each language whose states are read, or as many as its text has."""

    context: int = 64
    """Tokens of a window at most, the token before the document included; fewer where the model
    has fewer positions."""

    tokens_per_window: int = 16
    """Tokens read of one window, more only where the text would not suffice otherwise."""

    attribution_share: float = 0.5
    """Share of a language's documents that say which tokens are its own; the others are read."""

    attribution_tokens: int = 16384
    """Tokens of each language that are counted for that; all are cut to as many as the language
    with the least text has."""

    purity: float = 0.8
    """Share of a token's occurrences, in as many tokens of every language, that must be one
    language's for the token to be its own; others belong to none. One occurrence elsewhere is added
    to all, which leaves out tokens too rare to tell: at 0.8 those that occur less than four
    times."""

    batch_tokens: int = 8192
    """Tokens of one forward, padding included: half of it takes half the memory."""

    chunk_rows: int = 512
    """Rows of logits that exist at a time, each of the vocabulary's size in fp32."""

    seed: int = 0
    """Seed of every draw."""

    def __post_init__(self) -> None:
        least = {
            "tokens_per_language": 1,
            "context": 2,
            "tokens_per_window": 1,
            "attribution_tokens": 1,
            "batch_tokens": 1,
            "chunk_rows": 1,
        }
        check_least("lens", self, least)
        check_shares("lens", self, "attribution_share")
        if not 0.5 <= self.purity < 1:
            raise out_of_range("lens", "purity", self.purity, "at least 0.5 and less than 1")
