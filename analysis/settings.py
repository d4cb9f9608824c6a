"""The settings block of the analyses: the same one serves a training run and `analysis run`."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any

from analysis.deactivation.settings import DeactivationSettings
from analysis.experts.settings import ExpertSettings
from analysis.heldout import HeldoutSettings
from analysis.lape.settings import LapeSettings
from analysis.lens.settings import LensSettings
from analysis.probing.settings import ProbingSettings
from analysis.steering.settings import SteeringSettings

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

    steering: SteeringSettings | None = None
    """Texts under forced experts, which take longer than all else together."""

    concepts: str = BUILT
    """Concept set of experts and steering: "built" for the one that training builds from its own
    text, beside its data; "demo" for the built-in one; or a set's file or folder."""


DEFAULTS: dict[str, Any] = {
    "heldout": HeldoutSettings,
    "probing": ProbingSettings,
    "experts": ExpertSettings,
    "lape": LapeSettings,
    "lens": LensSettings,
    "deactivation": DeactivationSettings,
    "steering": SteeringSettings,
}
"""Every analysis by its name, in the order in which they are made, and its settings."""


def wanted(settings: AnalysisSettings) -> list[str]:
    """Names of the analyses that the settings ask for."""
    return [name for name in DEFAULTS if getattr(settings, name) is not None]


def needs_concepts(names: Collection[str]) -> bool:
    """Whether one of these analyses reads the concept set."""
    return not {"experts", "steering"}.isdisjoint(names)


def with_defaults(settings: AnalysisSettings, names: Collection[str]) -> AnalysisSettings:
    """The settings, with the defaults of those analyses of `names` that they leave out."""
    added = {name: DEFAULTS[name]() for name in names if getattr(settings, name) is None}
    return replace(settings, **added)
