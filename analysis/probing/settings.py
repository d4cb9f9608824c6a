"""What language probing may be told."""

from dataclasses import dataclass

from analysis.bounds import check_least, check_shares, out_of_range


@dataclass(frozen=True)
class ProbingSettings:
    """Settings of language probing; raises `UserError` naming the field whose value is wrong."""

    tokens_per_language: int = 256
    """Tokens drawn of each language and probe seed, train and test parts together."""

    test_share: float = 0.25
    """Share of a language's documents, and of its tokens, that is kept for testing."""

    seeds: int = 3
    """Probe seeds: for each, documents are split and tokens drawn anew."""

    context: int = 128
    """Tokens of a window at most, the token before the document included; fewer where the model
    has fewer positions."""

    tokens_per_window: int = 8
    """Tokens drawn of one window, more only where the text would not suffice otherwise. Fewer
    means more independent tokens and a longer forward."""

    l2: float = 1e-3
    """Penalty on squared weights: the fit minimises mean loss + l2 / 2 * |weights|^2."""

    max_iterations: int = 1000
    """Iterations after which a fit is given up and recorded as not converged."""

    control: bool = True
    """Whether probes are also fitted to labels drawn at random for each token type."""

    batch_tokens: int = 8192
    """Tokens of one forward, padding included: half of it takes half the memory."""

    seed: int = 0
    """Seed of every draw."""

    def __post_init__(self) -> None:
        least = {
            "tokens_per_language": 2,
            "seeds": 1,
            "context": 2,
            "tokens_per_window": 1,
            "max_iterations": 1,
            "batch_tokens": 1,
        }
        check_least("probing", self, least)
        check_shares("probing", self, "test_share")
        if not 0 < self.l2 < float("inf"):
            raise out_of_range("probing", "l2", self.l2, "more than 0")
        if not 0 < self.test_tokens < self.tokens_per_language:
            raise out_of_range(
                "probing",
                "tokens_per_language",
                self.tokens_per_language,
                f"enough for a train and a test part (test_share is {self.test_share})",
            )

    @property
    def test_tokens(self) -> int:
        """Tokens of each language in the test part."""
        return round(self.test_share * self.tokens_per_language)
