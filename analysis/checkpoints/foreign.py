"""Checkpoints without our manifest: Hugging Face folders as others write them.

The manifest's place is taken by a record beside the results, `checkpoints/step-00005000.json`: what
was opened, and the fingerprint of its weights, which only loading them gives. So what is done can
be told without opening, or downloading, a checkpoint again.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from transformers import PreTrainedModel

from analysis.activations.hidden import decoder_blocks
from analysis.checkpoints.loading import Checkpoint, load
from analysis.checkpoints.manifest import NAME, weights_fingerprint
from analysis.errors import UserError
from analysis.files import write_text
from analysis.layout import CHECKPOINTS

CONFIG_FILE = "config.json"
"""What every Hugging Face folder has."""

SAFETENSORS = re.compile(r"model(-\d+-of-\d+)?\.safetensors(\.index\.json)?")
BINARY = re.compile(r"pytorch_model(-\d+-of-\d+)?\.bin(\.index\.json)?")
"""Names of weights' files that transformers opens, and of the tables of their parts."""

_STEP = re.compile(
    r"(?:step|iter|iteration|checkpoint|ckpt)s?[-_=.]?(\d+)([km]?)(?![a-z0-9])", re.IGNORECASE
)
_FACTORS = {"": 1, "k": 1000, "m": 1_000_000}


@dataclass(frozen=True)
class _Record:
    """What a step's results were made from: a name for people, exactly what, its weights."""

    name: str
    identity: str
    weights: str


def step_in(name: str) -> int | None:
    """The training step in a revision's or a folder's name, such as `step1000-tokens4B`."""
    found = _STEP.search(name)
    return int(found[1]) * _FACTORS[found[2].lower()] if found else None


def is_foreign(folder: Path) -> bool:
    """Whether a folder is a Hugging Face checkpoint without our manifest."""
    return (folder / CONFIG_FILE).is_file() and not (folder / NAME).is_file()


def recorded_weights(results: Path, step: int, identity: str) -> str | None:
    """The fingerprint of a step's weights, if what was opened for it is what is there now."""
    try:
        record = _Record(**json.loads(_path(results, step).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return record.weights if record.identity == identity else None


def open_foreign(
    folder: Path,
    device: str | torch.device,
    *,
    name: str,
    identity: str,
    results: Path,
    step: int,
) -> Checkpoint:
    """Load a folder and record its weights' fingerprint beside the results of its step.

    Raises `UserError` when there are no weights that can be read without unpickling, when the model
    is no language model that reads forwards, and as `loading.load` does.
    """
    files = [path.name for path in folder.iterdir() if path.is_file()]
    safe = any(SAFETENSORS.fullmatch(file) for file in weight_files(files, folder))
    model, tokenizer = load(folder, device, use_safetensors=safe)
    _check_that_it_reads_forwards(model, name)
    weights = weights_fingerprint(model.state_dict())
    record = _Record(name, identity, weights)
    write_text(_path(results, step), json.dumps(asdict(record), indent=2) + "\n")
    return Checkpoint(model, tokenizer, weights)


def weight_files(names: Iterable[str], where: object) -> list[str]:
    """The files among `names` that the weights are read from: safetensors where there are any.

    Raises `UserError` when there are none.
    """
    names = list(names)
    for kind in (SAFETENSORS, BINARY):
        found = [name for name in names if kind.fullmatch(name)]
        if found:
            return found
    raise UserError(
        "no weights in it: neither model.safetensors nor pytorch_model.bin",
        where=where,
        fix="use another checkpoint",
    )


def _check_that_it_reads_forwards(model: PreTrainedModel, name: str) -> None:
    """Raise `UserError` when a token's state depends on the next, as in BERT, which opens too."""
    decoder_blocks(model)
    ids_BT = torch.tensor([[1, 1], [1, 2]], device=model.device)
    try:
        with torch.no_grad():
            states_BTH = model.base_model(input_ids=ids_BT, use_cache=False).last_hidden_state
    except Exception as error:  # any family's own code
        raise UserError(
            f"{type(model).__name__} cannot read two tokens ({error})",
            where=name,
            fix="use a decoder-only language model",
        ) from error
    same, other = states_BTH[:, 0]
    scale = float(same.abs().max())
    if float((same - other).abs().max()) > 1e-3 * scale:
        raise UserError(
            f"{type(model).__name__} sees the tokens that follow",
            where=name,
            fix="use a decoder-only language model",
        )


def _path(results: Path, step: int) -> Path:
    return results / CHECKPOINTS / f"step-{step:08d}.json"


@dataclass(frozen=True)
class ForeignFolder:
    """A Hugging Face folder on this machine, whose results go to `results`."""

    folder: Path
    step: int
    results: Path

    @property
    def name(self) -> str:
        """The folder."""
        return str(self.folder)

    def weights(self) -> str | None:
        """The fingerprint, if these very files have been opened before."""
        return recorded_weights(self.results, self.step, self._identity())

    def open(self, device: str | torch.device) -> Checkpoint:
        """Load the folder and record what it is."""
        return open_foreign(
            self.folder,
            device,
            name=self.name,
            identity=self._identity(),
            results=self.results,
            step=self.step,
        )

    def close(self) -> None:
        """Leave everything where it is."""

    def _identity(self) -> str:
        """Names, sizes and times of the folder's files: reading them all would take too long."""
        files = sorted(path for path in self.folder.iterdir() if path.is_file())
        stats = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files]
        return hashlib.sha256(json.dumps(stats).encode()).hexdigest()
