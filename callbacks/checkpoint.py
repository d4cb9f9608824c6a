"""Writing checkpoints: at each scheduled step a Hugging Face folder with a manifest.

Acts when training starts (step 0) and after each completed optimiser step. It is independent of
`resume.py`, which keeps what is needed to continue; what is written here is kept for good.
"""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lightning import LightningModule, Trainer
from lightning.pytorch.utilities import rank_zero_only
from safetensors.torch import save_file
from torch import Tensor
from transformers import PreTrainedConfig

from analysis.checkpoints.loading import step_folder
from analysis.checkpoints.manifest import read_manifest, verify, weights_fingerprint, write_manifest
from analysis.errors import UserError
from analysis.files import whole_folder
from callbacks.schedule import Schedule
from callbacks.steps import StepCallback


@dataclass(frozen=True)
class Provenance:
    """What every manifest of a run says: see `analysis.checkpoints.manifest.Manifest`.

    `tokens_seen` gives the training tokens per language after a number of steps.
    """

    data: str
    config: str
    tokens_seen: Callable[[int], Mapping[str, int]]


@dataclass(frozen=True)
class Export:
    """A model as transformers knows it: configuration and weights under transformers' names."""

    config: PreTrainedConfig
    weights: dict[str, Tensor]


class CheckpointWriter(StepCallback):
    """Writes `checkpoints/step-00005000/` at the steps of a schedule.

    `export` takes the LightningModule to its transformers form. A checkpoint that stands already
    with the same weights, as after a resume, is left as it is; one with other weights is replaced.
    """

    def __init__(
        self,
        run: Path,
        schedule: Schedule,
        export: Callable[[LightningModule], Export],
        tokenizer: Path,
        provenance: Provenance,
    ) -> None:
        self.run = run
        self.schedule = schedule
        self.export = export
        self.tokenizer = tokenizer
        self.provenance = provenance

    def run_started(self, trainer: Trainer, module: LightningModule, step: int) -> None:
        """Write step 0, and the step that is resumed from should it be missing."""
        self._write_if_due(trainer, module, step)

    def step_completed(self, trainer: Trainer, module: LightningModule, step: int) -> None:
        """Write the step just completed, if it is scheduled."""
        self._write_if_due(trainer, module, step)

    @rank_zero_only
    def _write_if_due(self, trainer: Trainer, module: LightningModule, step: int) -> None:
        if self.schedule.includes(step, trainer.max_steps):
            self.write(module, step)

    def write(self, module: LightningModule, step: int) -> Path:
        """Write the checkpoint of `step` and return its folder."""
        folder = step_folder(self.run, step)
        exported = self.export(module)
        weights = weights_fingerprint(exported.weights)
        if _stands(folder, weights):
            return folder
        with whole_folder(folder) as draft:
            exported.config.save_pretrained(draft)
            save_file(exported.weights, draft / "model.safetensors", metadata={"format": "pt"})
            for file in self.tokenizer.iterdir():
                shutil.copyfile(file, draft / file.name)
            write_manifest(
                draft,
                step=step,
                tokens_per_language=self.provenance.tokens_seen(step),
                weights=weights,
                data=self.provenance.data,
                config=self.provenance.config,
            )
        return folder


def _stands(folder: Path, weights: str) -> bool:
    """Whether a whole checkpoint with these weights is there."""
    try:
        return read_manifest(folder).weights == weights and verify(folder) is not None
    except UserError:
        return False
