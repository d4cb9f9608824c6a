"""A run folder as training leaves it, with tiny untrained checkpoints."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
import yaml

from analysis.checkpoints.loading import step_folder
from analysis.checkpoints.manifest import weights_fingerprint, write_manifest
from analysis.layout import CONFIG, HELD_OUT
from analysis.text.heldout import write_held_out
from tests.analysis.tiny import byte_tokenizer, tiny_xglm

HELDOUT_ONLY: dict[str, Any] = {
    "heldout": {"tokens_per_language": 40, "context": 16},
    "probing": None,
    "experts": None,
    "lape": None,
    "lens": None,
}
ALL: dict[str, Any] = {
    "concepts": "demo",
    "heldout": {"tokens_per_language": 40, "context": 16},
    "probing": {"tokens_per_language": 12, "seeds": 1, "context": 16, "l2": 0.1},
    "experts": {"k": 4, "draws": 20, "max_tokens": 64, "permutations": 2},
    "lape": {"tokens_per_language": 40, "context": 16, "permutations": 4, "draws": 10},
    "lens": {"tokens_per_language": 12, "context": 16},
    "deactivation": {"tokens_per_language": 40, "context": 16, "random_draws": 1},
}
DOCUMENTS = {
    "en": [f"the {word} is here" for word in ("dog", "cat", "boat", "tree", "king", "river")],
    "es": [f"aquí está {word}" for word in ("un perro", "el gato", "la casa", "mi río", "él")],
}


def make_checkpoint(run: Path, step: int, *, same_weights: bool = False) -> Path:
    """The checkpoint of a step, with weights of its own unless told otherwise."""
    folder = step_folder(run, step)
    model = tiny_xglm()
    if not same_weights:
        with torch.no_grad():
            next(model.parameters())[5] += 1 + step
    model.save_pretrained(folder)
    byte_tokenizer().save_pretrained(folder)
    write_manifest(
        folder,
        step=step,
        tokens_per_language={"en": 8 * step},
        weights=weights_fingerprint(model.state_dict()),
        data="d",
        config="c",
    )
    return folder


def make_data(folder: Path) -> Path:
    """Prepared data, as far as analyses read it; returns the held-out file."""
    write_held_out(folder / HELD_OUT, DOCUMENTS)
    return folder / HELD_OUT


def make_run(
    run: Path,
    steps: Iterable[int] = (0, 5),
    *,
    analyses: Mapping[str, Any] = HELDOUT_ONLY,
    data: str = "data",
) -> Path:
    """A run that was started where `data` is the folder of its data."""
    for step in steps:
        make_checkpoint(run, step)
    config = {"seed": 3, "data": {"folder": data}, "analyses": dict(analyses)}
    run.mkdir(parents=True, exist_ok=True)
    (run / CONFIG).write_text(yaml.safe_dump(config))
    return run


def damage(checkpoint: Path) -> None:
    """Change one byte of the weights."""
    path = checkpoint / "model.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
