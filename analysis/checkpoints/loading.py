"""Opening checkpoints: from a folder to a model and a tokenizer ready to be analysed.

A checkpoint's own code is never run, and nothing is unpickled: weights come from safetensors or,
where a checkpoint of others has none, through torch's loading of weights alone.
"""

from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from analysis.checkpoints.manifest import NAME, verify
from analysis.errors import UserError
from analysis.files import UNFINISHED
from analysis.layout import CHECKPOINTS, TOKENIZER_FILES
from analysis.memory import no_memory_is_a_user_error
from analysis.tokens import packed_as_ours


@dataclass(frozen=True)
class Checkpoint:
    """A model in evaluation mode in fp32, its tokenizer and the fingerprint of its weights."""

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    weights: str


def step_folder(run: Path, step: int) -> Path:
    """Where a run keeps the checkpoint of a step."""
    return run / CHECKPOINTS / f"step-{step:08d}"


def find_checkpoints(target: Path) -> list[Path]:
    """The checkpoint folders of a run folder, in the order of steps, or the one that `target` is.

    Raises `UserError` when there is none.
    """
    if (target / NAME).is_file():
        return [target]
    found = sorted(
        path.parent
        for path in target.glob(f"{CHECKPOINTS}/step-*/{NAME}")
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
    model needs or without a tokenizer, or that transformers cannot open; and for a device that is
    not there or lacks the memory.
    """
    manifest = verify(folder)
    model, tokenizer = load(folder, device, use_safetensors=True)
    if manifest.packed_as_ours:
        tokenizer = packed_as_ours(tokenizer)
    return Checkpoint(model, tokenizer, manifest.weights)


def load(
    folder: Path, device: str | torch.device, *, use_safetensors: bool
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """The model of a Hugging Face folder in evaluation mode in fp32, and its tokenizer.

    Without `use_safetensors`, the weights are those of `pytorch_model.bin` or its parts. Raises
    `UserError` as `open_checkpoint` does, but asks for no manifest.
    """
    if not any((folder / name).is_file() for name in TOKENIZER_FILES):
        raise _no_tokenizer(folder)
    try:
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
        # A configuration may name code on the Hub to compute attention with.
        config._attn_implementation = None
        opened: Any = AutoModelForCausalLM.from_pretrained(
            folder,
            config=config,
            dtype=torch.float32,
            use_safetensors=use_safetensors,
            weights_only=True,
            trust_remote_code=False,
            output_loading_info=True,
        )
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    except UnpicklingError as error:
        raise UserError(
            "its weights hold more than tensors, and nothing else is unpickled",
            where=folder,
            fix="use a checkpoint with model.safetensors",
        ) from error
    except Exception as error:  # transformers, safetensors and tokenizers share no base class
        raise UserError(
            f"transformers cannot open it ({error})", where=folder, fix="use another checkpoint"
        ) from error
    if set(tokenizer.get_vocab()) <= set(tokenizer.all_special_tokens):
        # transformers makes one up when the file of the vocabulary is missing.
        raise _no_tokenizer(folder)
    model: PreTrainedModel = opened[0]
    missing = sorted(opened[1]["missing_keys"])
    if missing:
        # transformers would draw them at random.
        raise UserError(
            f"{len(missing)} weights are missing ({missing[0]} for one)",
            where=folder,
            fix="use another checkpoint",
        )
    _move(model, device, folder)
    return model.eval(), tokenizer


def _no_tokenizer(folder: Path) -> UserError:
    return UserError("no tokenizer in it", where=folder, fix="use another checkpoint")


def _move(model: PreTrainedModel, device: str | torch.device, folder: Path) -> None:
    try:
        with no_memory_is_a_user_error(f"the model was moved to '{device}'", where=folder):
            model.to(torch.device(device))  # type: ignore[arg-type]  # transformers wraps it untyped
    except (RuntimeError, AssertionError) as error:  # torch has no type for a missing device
        raise UserError(
            f"cannot be moved to '{device}' ({error})", where=folder, fix="use another device"
        ) from error
