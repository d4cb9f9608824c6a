"""The manifest that makes a Hugging Face folder a checkpoint: what it is, proof that it is whole.

It is written last. A folder without one is not a checkpoint, whatever else it holds.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from analysis.errors import UserError
from analysis.files import sha256, write_text

NAME = "manifest.json"
VERSIONED = ("torch", "lightning", "transformers", "tokenizers", "interlingua")


@dataclass(frozen=True)
class Manifest:
    """What a checkpoint folder says of itself.

    `tokens` counts training tokens seen up to `step`, `tokens_per_language` their parts. `weights`,
    `data` and `config` are fingerprints; `files` maps each file's name to its SHA-256.
    """

    step: int
    tokens: int
    tokens_per_language: dict[str, int]
    weights: str
    data: str
    config: str
    files: dict[str, str]
    versions: dict[str, str]
    packed_as_ours: bool = True
    """Whether its training's text was packed as ours is (`analysis.tokens.packed_as_ours`)."""


def weights_fingerprint(weights: Mapping[str, torch.Tensor]) -> str:
    """SHA-256 over names, types, shapes and bytes of all tensors, in the order of their names."""
    digest = hashlib.sha256()
    for name in sorted(weights):
        tensor = weights[name].detach().cpu().contiguous()
        digest.update(f"{name}:{tensor.dtype}:{tuple(tensor.shape)}\n".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def settings_fingerprint(settings: object) -> str:
    """SHA-256 of settings that JSON can tell (paths and the like by their text)."""
    text = json.dumps(settings, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def write_manifest(
    folder: Path,
    *,
    step: int,
    tokens_per_language: Mapping[str, int],
    weights: str,
    data: str,
    config: str,
    packed_as_ours: bool = True,
) -> Manifest:
    """Hash every file in the folder and write its manifest."""
    manifest = Manifest(
        step=step,
        tokens=sum(tokens_per_language.values()),
        tokens_per_language=dict(tokens_per_language),
        weights=weights,
        data=data,
        config=config,
        files={file.name: sha256(file) for file in sorted(folder.iterdir()) if file.name != NAME},
        versions={name: version(name) for name in VERSIONED},
        packed_as_ours=packed_as_ours,
    )
    write_text(folder / NAME, json.dumps(asdict(manifest), indent=2) + "\n")
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a checkpoint folder.

    Raises `UserError` when there is none, or when it does not say what a manifest says.
    """
    path = folder / NAME
    if not folder.is_dir():
        raise UserError("no such folder", where=folder, fix="name a checkpoint folder")
    if not path.is_file():
        raise UserError(
            f"no {NAME}: the folder is not a whole checkpoint", where=folder, fix="use another step"
        )
    try:
        fields: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return Manifest(**fields)
    except (ValueError, TypeError) as error:
        raise UserError(
            f"damaged manifest ({error})", where=path, fix="use another checkpoint"
        ) from error


def verify(folder: Path) -> Manifest:
    """The manifest, after every file named in it has been found with its SHA-256.

    Raises `UserError` naming the first file that is missing or differs.
    """
    manifest = read_manifest(folder)
    for name, digest in manifest.files.items():
        file = folder / name
        if not file.is_file():
            raise UserError("file is missing", where=file, fix="use another checkpoint")
        if sha256(file) != digest:
            raise UserError(
                f"file is damaged (its SHA-256 is not the one in {NAME})",
                where=file,
                fix="use another checkpoint",
            )
    return manifest


def distinct(folders: Iterable[Path]) -> list[Path]:
    """The folders in their order, each once however it is spelt."""
    found: dict[Path, Path] = {}
    for folder in folders:
        found.setdefault(folder.resolve(), folder)
    return list(found.values())


def equal_weights(folders: list[Path]) -> list[tuple[int, str, str]]:
    """`same_weights` of checkpoint folders; a folder that is named twice counts once.

    Raises `UserError` for a folder without manifest.
    """
    named = [(str(folder), read_manifest(folder)) for folder in distinct(folders)]
    return same_weights((name, manifest.step, manifest.weights) for name, manifest in named)


def same_weights(checkpoints: Iterable[tuple[str, int, str]]) -> list[tuple[int, str, str]]:
    """Checkpoints of different steps that hold the same weights: step and name of the first of
    them, and the name of each later one, from names, steps and weights' fingerprints.
    """
    first: dict[str, tuple[int, str]] = {}
    pairs: list[tuple[int, str, str]] = []
    for name, step, weights in checkpoints:
        earlier, its_name = first.setdefault(weights, (step, name))
        if step != earlier:
            pairs.append((earlier, its_name, name))
    return pairs
