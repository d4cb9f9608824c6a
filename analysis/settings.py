"""The settings block of the analyses: the same one serves a training run and `analysis run`."""

from dataclasses import dataclass, field

from analysis.deactivation.settings import DeactivationSettings
from analysis.experts.settings import ExpertSettings
from analysis.heldout import HeldoutSettings
from analysis.lape.settings import LapeSettings
from analysis.lens.settings import LensSettings
from analysis.probing.settings import ProbingSettings

BUILT = "built"
"""Stands for the concept set that was built from a run's own text."""


@dataclass(frozen=True)
class AnalysisSettings:
    """Which analyses are made of a checkpoint, and how; null leaves one out."""

    heldout: HeldoutSettings | None = field(default_factory=HeldoutSettings)
    """Loss on held-out documents."""

    probing: ProbingSettings | None = field(default_factory=ProbingSettings)
    """Language-identity probing."""

    experts: ExpertSettings | None = field(default_factory=ExpertSettings)
    """Expert neurons and their overlap."""

    lape: LapeSettings | None = field(default_factory=LapeSettings)
    """Language neurons."""

    lens: LensSettings | None = field(default_factory=LensSettings)
    """Logit lens by language."""

    deactivation: DeactivationSettings | None = None
    """Loss without each language's neurons; its text is read some 50 times."""

    concepts: str = BUILT
    """Concept set that experts are found with: "built" for the one that training builds from its
    own text, beside its data; "demo" for the built-in one; or a set's file or folder."""
