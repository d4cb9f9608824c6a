"""Writing checkpoints: at each scheduled step a Hugging Face folder with a manifest.

Acts when training starts (step 0) and after each completed optimiser step. It is independent of
`resume.py`, which keeps what is needed to continue; what is written here is kept for good.
"""

import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lightning import LightningModule, Trainer
from safetensors.torch import save
from torch import Tensor
from torch.distributed.checkpoint.state_dict import StateDictOptions, get_model_state_dict
from transformers import PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

from analysis.checkpoints.loading import step_folder
from analysis.checkpoints.manifest import verify, weights_fingerprint, write_manifest
from analysis.errors import UserError
from analysis.files import whole_folder
from callbacks.schedule import Schedule
from callbacks.steps import StepCallback, last_step


@dataclass(frozen=True)
class Provenance:
    """What every manifest of a run says: see `analysis.checkpoints.manifest.Manifest`.

    `tokens_seen` gives the training tokens per language after a number of steps.
    """

    data: str
    config: str
    tokens_seen: Callable[[int], Mapping[str, int]]
    packed_as_ours: bool = True


@dataclass(frozen=True)
class Export:
    """A model as transformers knows it: configuration and weights under transformers' names."""

    config: PreTrainedConfig
    weights: dict[str, Tensor]


def export_decoder(decoder: PreTrainedModel) -> Export:
    """A model of transformers in training, without the weights that are others of it, tied.

    All processes call it, and the weights come together in the first. They may be compiled, in
    several copies (DDP) or spread (FSDP), but not by DeepSpeed.
    """
    whole_on_cpu = StateDictOptions(full_state_dict=True, cpu_offload=True)
    state: Any = get_model_state_dict(decoder, options=whole_on_cpu)
    tied: Any = decoder.all_tied_weights_keys
    return Export(
        decoder.config,
        {name: value.contiguous() for name, value in state.items() if name not in tied},
    )


class CheckpointWriter(StepCallback):
    """Writes `checkpoints/step-00005000/` at the steps of a schedule.

    `export` takes what is trained, in Lightning the module, to its transformers form; `tokenizer`
    is a folder of files, or what writes them. A checkpoint that stands already with the same
    weights, as after a resume, is left as it is; any other is replaced. Two steps with equal
    weights, which training should not give, are told. A logger with `log_checkpoint` is told of
    each folder.
    """

    def __init__(
        self,
        run: Path,
        schedule: Schedule,
        export: Callable[[Any], Export],
        tokenizer: Path | PreTrainedTokenizerBase,
        provenance: Provenance,
    ) -> None:
        self.run = run
        self.schedule = schedule
        self.export = export
        self.tokenizer = tokenizer
        self.provenance = provenance
        self._steps_of: dict[str, int] = {}

    def run_started(self, trainer: Trainer, module: LightningModule, step: int) -> None:
        """Write step 0, and the step that is resumed from should it be missing."""
        self._write_if_due(trainer, module, step)

    def step_completed(self, trainer: Trainer, module: LightningModule, step: int) -> None:
        """Write the step just completed, if it is scheduled."""
        self._write_if_due(trainer, module, step)

    def _write_if_due(self, trainer: Trainer, module: LightningModule, step: int) -> None:
        folder = self.write_if_due(module, step, last_step(trainer), first=trainer.is_global_zero)
        for logger in trainer.loggers if folder else ():
            if hasattr(logger, "log_checkpoint"):
                logger.log_checkpoint(folder)

    def write_if_due(self, trained: object, step: int, last: int, *, first: bool) -> Path | None:
        """Write the checkpoint of `step` if it is scheduled in a run of `last` steps.

        All processes of a run call it; in the `first` it writes, and returns the folder.
        """
        if not self.schedule.includes(step, last):
            return None
        exported = self.export(trained)  # to which each process may add its part
        return self.write(exported, step) if first else None

    def write(self, exported: Export, step: int) -> Path:
        """Write the checkpoint of `step` and return its folder."""
        folder = step_folder(self.run, step)
        weights = weights_fingerprint(exported.weights)
        if weights in self._steps_of:
            same = self._steps_of[weights]
            print(f"\nstep {step}: the weights are those of step {same}", file=sys.stderr)
        self._steps_of.setdefault(weights, step)
        if self._stands(folder, weights):
            return folder
        with whole_folder(folder) as draft:
            exported.config.save_pretrained(draft)
            # Not `save_file`, whose error for a full disk is not an `OSError`.
            content = save(exported.weights, metadata={"format": "pt"})
            (draft / "model.safetensors").write_bytes(content)
            if isinstance(self.tokenizer, Path):
                for file in self.tokenizer.iterdir():
                    shutil.copyfile(file, draft / file.name)
            else:
                self.tokenizer.save_pretrained(draft)
            write_manifest(
                draft,
                step=step,
                tokens_per_language=self.provenance.tokens_seen(step),
                weights=weights,
                data=self.provenance.data,
                config=self.provenance.config,
                packed_as_ours=self.provenance.packed_as_ours,
            )
        return folder

    def _stands(self, folder: Path, weights: str) -> bool:
        """Whether this very checkpoint is there, whole."""
        run = self.provenance
        wanted = (weights, run.data, run.config, run.packed_as_ours)
        try:
            manifest = verify(folder)
        except UserError:
            return False
        stands = (manifest.weights, manifest.data, manifest.config, manifest.packed_as_ours)
        return stands == wanted
