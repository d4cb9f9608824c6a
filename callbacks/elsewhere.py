"""Watching a pretraining that is not this project's, in Lightning or in transformers' Trainer.

What is trained is a decoder of transformers. At the steps of a schedule it is written as a
checkpoint and analysed, exactly as in a run of `python -m train`: the same files, the same tables,
the same curves, and nothing of the training changes. `callbacks/hf_trainer.py` is the Trainer's.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lightning import Callback, LightningModule
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from analysis.inputs import open_inputs
from analysis.settings import AnalysisSettings
from callbacks.analyses import OnlineAnalyses, OnlineSettings
from callbacks.checkpoint import CheckpointWriter, Provenance, export_decoder
from callbacks.schedule import Schedule

UNKNOWN = "unknown"
"""Stands in a manifest for a fingerprint that nobody has given."""


@dataclass(frozen=True)
class Watch:
    """What is watched of a pretraining, when, and where results go."""

    run: Path
    """The run folder: `checkpoints/` and `results/` are made in it."""

    tokenizer: PreTrainedTokenizerBase
    """The model's; it is written into each checkpoint. What it puts in front of a text stands there
    in training too, to the analyses, or else the end-of-sequence token."""

    heldout: Path
    """Documents that training never sees, as `analysis.text.heldout.write_held_out` writes them."""

    settings: AnalysisSettings
    """The analyses. Its `concepts` names a set, for none is built here."""

    checkpoints: Schedule = field(default_factory=Schedule)
    """Steps at which a checkpoint is written."""

    online: OnlineSettings = field(default_factory=OnlineSettings)
    """Which checkpoints are analysed, and whether a failing analysis stops the run."""

    tokens_seen: Callable[[int], Mapping[str, int]] = lambda _: {}
    """Training tokens per language after a number of steps, for the manifests."""

    data: str = UNKNOWN
    """Fingerprint of the training data, for the manifests."""

    config: str = UNKNOWN
    """Fingerprint of the training's configuration, for the manifests."""

    def callbacks(self, decoder: Callable[[LightningModule], PreTrainedModel]) -> list[Callback]:
        """Callbacks for a Lightning trainer; `decoder` finds the model in the module it trains.

        Raises `UserError` when held-out text or concepts are missing or damaged.
        """
        return [self.writer(decoder), self.analyses()]

    def writer(self, decoder: Callable[[Any], PreTrainedModel]) -> CheckpointWriter:
        """What writes the checkpoints."""
        return CheckpointWriter(
            self.run,
            self.checkpoints,
            lambda trained: export_decoder(decoder(trained)),
            self.tokenizer,
            Provenance(self.data, self.config, self.tokens_seen, packed_as_ours=False),
        )

    def analyses(self) -> OnlineAnalyses:
        """What analyses them; raises `UserError` as `callbacks` does."""
        inputs = open_inputs(self.settings, self.heldout)
        return OnlineAnalyses(self.run, self.checkpoints, self.online, inputs, ranks=None)
