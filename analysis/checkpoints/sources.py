"""A checkpoint before it is opened: ours in a folder, or one of others (`foreign`, `hub`)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch

from analysis.checkpoints.loading import Checkpoint, open_checkpoint
from analysis.checkpoints.manifest import read_manifest


class Source(Protocol):
    """What analyses need to know of a checkpoint, and how it is opened."""

    @property
    def name(self) -> str:
        """Its folder, or model and revision."""

    @property
    def step(self) -> int:
        """Training step that its results are kept under."""

    def weights(self) -> str | None:
        """Fingerprint of its weights, as far as it is known without opening it."""

    def open(self, device: str | torch.device) -> Checkpoint:
        """Open it; raises `UserError` when that fails."""

    def close(self) -> None:
        """Delete what opening it left on the disk, if that was asked for."""


@dataclass(frozen=True)
class OwnFolder:
    """A checkpoint folder with our manifest; all but `name` raise `UserError` without one."""

    folder: Path

    @property
    def name(self) -> str:
        """The folder."""
        return str(self.folder)

    @property
    def step(self) -> int:
        """What the manifest says."""
        return read_manifest(self.folder).step

    def weights(self) -> str:
        """What the manifest says."""
        return read_manifest(self.folder).weights

    def open(self, device: str | torch.device) -> Checkpoint:
        """Verify and load the folder."""
        return open_checkpoint(self.folder, device)

    def close(self) -> None:
        """Leave everything where it is."""
