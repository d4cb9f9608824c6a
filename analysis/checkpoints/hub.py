"""Checkpoints on the Hugging Face Hub: which revisions a model has, and their download.

Only what analyses read is downloaded: configuration, tokenizer and one kind of weights. It goes to
the Hub's own cache, or, when it is to be deleted afterwards, into a folder under the results, so
that nothing is deleted that something else has put there.
"""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path

import torch
from huggingface_hub import HfApi, snapshot_download, try_to_load_from_cache
from huggingface_hub.errors import GatedRepoError, HFValidationError, RepositoryNotFoundError
from huggingface_hub.utils._validators import validate_repo_id

from analysis.checkpoints.foreign import (
    CONFIG_FILE,
    open_foreign,
    recorded_weights,
    weight_files,
)
from analysis.checkpoints.loading import Checkpoint
from analysis.errors import UserError
from analysis.layout import TOKENIZER_FILES
from analysis.network import network_fix, of_the_network

_SMALL_FILES = {
    *TOKENIZER_FILES,
    CONFIG_FILE,
    "added_tokens.json",
    "merges.txt",
    "special_tokens_map.json",
}
_COMMIT = re.compile(r"[0-9a-f]{40}")


def is_model_id(word: str) -> bool:
    """Whether a word can be the id of a model on the Hub, such as `owner/name`."""
    try:
        validate_repo_id(word)
    except HFValidationError:
        return False
    return True


def revisions(model: str) -> dict[str, str]:
    """Branches and tags of a model with their commits, by asking the Hub.

    Raises `UserError` when there is no such model, or the Hub cannot be reached.
    """
    with _errors_told(model):
        refs = HfApi().list_repo_refs(model)
    return {ref.name: ref.target_commit for ref in [*refs.tags, *refs.branches]}


def chosen_revisions(model: str, names: list[str]) -> dict[str, str]:
    """The revisions of the names with their commits; a commit may stand for itself.

    Raises `UserError` naming those that the model has when one is not among them.
    """
    if all(_COMMIT.fullmatch(name) for name in names):
        return dict(zip(names, names, strict=True))
    known = revisions(model)
    unknown = [name for name in names if name not in known and not _COMMIT.fullmatch(name)]
    if unknown:
        raise UserError(
            f"no revision {' '.join(unknown)}", where=model, fix=f"it has: {' '.join(known)}"
        )
    return {name: known.get(name, name) for name in names}


class HubRevision:
    """One revision of a model on the Hub, whose results go to `results`.

    With `delete`, what had to be downloaded is deleted when the checkpoint is closed.
    """

    def __init__(
        self, model: str, revision: str, commit: str, *, step: int, results: Path, delete: bool
    ) -> None:
        self._model, self._revision, self._commit = model, revision, commit
        self._step, self._results, self._delete = step, results, delete
        self._downloaded: Path | None = None

    @property
    def name(self) -> str:
        """Model and revision."""
        return f"{self._model}@{self._revision}"

    @property
    def step(self) -> int:
        """What the revision's name or the user says."""
        return self._step

    def weights(self) -> str | None:
        """The fingerprint, if this commit has been opened before."""
        return recorded_weights(self._results, self._step, self._identity)

    def open(self, device: str | torch.device) -> Checkpoint:
        """Download the revision as far as it is not there, load it and record what it is."""
        with _errors_told(self.name):
            folder = self._download()
        return open_foreign(
            folder,
            device,
            name=self.name,
            identity=self._identity,
            results=self._results,
            step=self._step,
        )

    def close(self) -> None:
        """Delete what was downloaded, if that was asked for.

        Half a download stays, to go on with later.
        """
        if self._downloaded is not None:
            shutil.rmtree(self._downloaded)
            self._downloaded = None

    @property
    def _identity(self) -> str:
        return f"{self._model}@{self._commit}"

    def _download(self) -> Path:
        names = HfApi().list_repo_files(self._model, revision=self._commit)
        small = [name for name in names if name in _SMALL_FILES]
        wanted = [*small, *weight_files(names, self.name)]
        cached = all(
            isinstance(try_to_load_from_cache(self._model, name, revision=self._commit), str)
            for name in wanted
        )
        own = None
        if self._delete and not cached:
            own = self._results / "downloads" / f"step-{self._step:08d}-{self._commit}"
        folder = snapshot_download(
            self._model,
            revision=self._commit,
            allow_patterns=[escape(name) for name in wanted],
            local_dir=own,
        )
        self._downloaded = own
        return Path(folder)


@contextmanager
def _errors_told(name: str) -> Iterator[None]:
    """Turn what the Hub's client and the clients below it raise into a `UserError`."""
    try:
        yield
    except UserError:
        raise
    except GatedRepoError as error:
        raise UserError(
            "the model is not open to all",
            where=name,
            fix="ask for access on its page, and log in with `hf auth login`",
        ) from error
    except RepositoryNotFoundError as error:
        raise UserError(
            "no such folder, and no such model on the Hub that is open to you",
            where=name,
            fix="correct the name",
        ) from error
    except Exception as error:  # the clients share no base class
        text = str(error) or type(error).__name__
        if of_the_network(error):
            raise UserError(
                f"no such folder, and the Hub cannot be reached ({text})",
                where=name,
                fix=network_fix("check the network, or name a folder"),
            ) from error
        raise UserError(f"cannot be downloaded ({text})", where=name, fix="run it again") from error
