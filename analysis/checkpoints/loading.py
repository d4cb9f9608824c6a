"""Opening checkpoints: from a folder to a model and a tokenizer ready to be analysed.

Weights come from safetensors alone, and a checkpoint's own code is never run.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from analysis.checkpoints.manifest import NAME, Manifest, verify
from analysis.errors import UserError
from analysis.files import UNFINISHED

FOLDER = "checkpoints"
TOKENIZERS = ("tokenizer.json", "tokenizer.model", "sentencepiece.bpe.model", "vocab.json")
"""Files one of which every tokenizer has."""


@dataclass(frozen=True)
class Checkpoint:
    """A model in evaluation mode in fp32, its tokenizer and what its manifest says."""

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    manifest: Manifest


def step_folder(run: Path, step: int) -> Path:
    """Where a run keeps the checkpoint of a step."""
    return run / FOLDER / f"step-{step:08d}"


def find_checkpoints(target: Path) -> list[Path]:
    """The checkpoint folders of a run folder, in the order of steps, or the one that `target` is.

    Raises `UserError` when there is none.
    """
    if (target / NAME).is_file():
        return [target]
    found = sorted(
        path.parent
        for path in target.glob(f"{FOLDER}/step-*/{NAME}")
        if path.parent.suffix != UNFINISHED
    )
    if not found:
        raise UserError(
            "no checkpoint here", where=target, fix="name a run folder or a checkpoint folder"
        )
    return found


def open_checkpoint(folder: Path, device: str | torch.device = "cpu") -> Checkpoint:
    """Verify a checkpoint folder and load it.

    Raises `UserError` for a folder without manifest, with a damaged file, without weights that the
    model needs or without a tokenizer, or that transformers cannot open.
    """
    manifest = verify(folder)
    if not any((folder / name).is_file() for name in TOKENIZERS):
        # transformers would make an empty one up.
        raise UserError("no tokenizer in it", where=folder, fix="use another checkpoint")
    try:
        opened: Any = AutoModelForCausalLM.from_pretrained(
            folder,
            dtype=torch.float32,
            use_safetensors=True,
            trust_remote_code=False,
            output_loading_info=True,
        )
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    except Exception as error:  # transformers, safetensors and tokenizers share no base class
        raise UserError(
            f"transformers cannot open it ({error})", where=folder, fix="use another checkpoint"
        ) from error
    model: PreTrainedModel = opened[0]
    missing = sorted(opened[1]["missing_keys"])
    if missing:
        # transformers would draw them at random.
        raise UserError(
            f"{len(missing)} weights are missing ({missing[0]} for one)",
            where=folder,
            fix="use another checkpoint",
        )
    model.to(torch.device(device))  # type: ignore[arg-type]  # transformers wraps it untyped
    return Checkpoint(model.eval(), tokenizer, manifest)
