"""Settings of building a concept set."""

from dataclasses import dataclass, field

from analysis.errors import UserError


@dataclass(frozen=True)
class BuildSettings:
    """Which sentences show a concept, and how many are kept; other values make another set."""

    positives: int = 120
    """Sentences per concept and language at most."""

    negatives: int = 4
    """Sentences without the concept for each with it, of the same language, part and, where it has
    enough, source, and of the same length."""

    minimum: int = 20
    """Concepts with fewer sentences in a language are left out of it."""

    test_share: float = 0.333
    """Share of the documents whose sentences test experts instead of choosing them."""

    shortest: int = 5
    """Words of a sentence at least."""

    longest: int = 40
    """Words of a sentence at most."""

    per_document: int = 5
    """Sentences per concept that one document may give."""

    similarity: float = 0.8
    """Of two sentences that share this part of their words or more, one is dropped (Jaccard)."""

    documents: int | None = None
    """Documents to read of each language at most; null reads all."""

    concepts: list[str] = field(default_factory=list)
    """Names of the concepts to take; none named takes the whole lexicon."""

    lexicon: str | None = None
    """Folder of a lexicon; null takes the one that comes with the package."""

    seed: int = 0
    """Of the choice among the sentences found."""

    workers: int | None = None
    """Processes that read; null for one per core; 0 and 1 work in this one. The result does not
    depend on it."""

    def __post_init__(self) -> None:
        """Raises `UserError` naming the first field that is out of range."""
        for name, good, wanted in (
            ("positives", self.positives >= 2, "2 or more"),
            ("negatives", self.negatives >= 1, "1 or more"),
            ("minimum", 2 <= self.minimum <= self.positives, f"2 to {self.positives} (positives)"),
            ("test_share", 0 < self.test_share < 1, "above 0 and below 1"),
            ("shortest", self.shortest >= 1, "1 or more"),
            ("longest", self.longest >= self.shortest, f"{self.shortest} (shortest) or more"),
            ("per_document", self.per_document >= 1, "1 or more"),
            ("similarity", 0 < self.similarity <= 1, "above 0 and at most 1"),
            ("documents", self.documents is None or self.documents >= 1, "null, or 1 or more"),
            ("workers", self.workers is None or self.workers >= 0, "null, or 0 or more"),
        ):
            if not good:
                raise UserError(
                    f"{name} is {getattr(self, name)}", where="concepts", fix=f"it must be {wanted}"
                )
