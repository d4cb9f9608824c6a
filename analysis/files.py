"""Files and folders that are written whole or not at all, and their SHA-256."""

import errno
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from analysis.errors import UserError

UNFINISHED = ".unfinished"
"""Suffix of what is still being written; anything that bears it may be deleted."""

_MADE_FROM = "made_from.json"
"""What an unfinished folder was begun for."""


@contextmanager
def no_space_is_a_user_error(path: Path) -> Iterator[None]:
    """Turn "no space left" (and "over quota") into a `UserError` that names the place."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise UserError(
                "no space left on the device", where=path, fix="free some, then start again"
            ) from error
        raise


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success it is synced and renamed to `path`.

    After an error or a kill `path` is what it was before. Raises `UserError` when the disk is full.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}{UNFINISHED}")
    try:
        with no_space_is_a_user_error(path):
            yield draft
            sync(draft)
            draft.replace(path)
            sync(path.parent)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Like `whole_file` for a folder: filled under a temporary name, then renamed.

    A folder that already stands at `path` is replaced, after the new one is whole. Two renames are
    not one: a kill exactly between them leaves nothing at `path`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}{UNFINISHED}")
    former = path.with_name(f"{path.name}.{os.getpid()}.former{UNFINISHED}")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    try:
        with no_space_is_a_user_error(path):
            yield draft
            for file in sorted(draft.rglob("*")):
                sync(file)
            sync(draft)
            if path.exists():
                path.rename(former)
            try:
                draft.rename(path)
            except OSError:
                if former.exists():
                    former.rename(path)
                raise
            sync(path.parent)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        shutil.rmtree(former, ignore_errors=True)


def discard_unfinished(folder: Path) -> None:
    """Delete what a kill left half-written anywhere under `folder`."""
    for path in sorted(folder.rglob(f"*{UNFINISHED}")):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)  # it may have gone with its folder


@contextmanager
def locked(folder: Path, busy: str) -> Iterator[None]:
    """Hold a folder, made if need be, for this process alone; the lock ends with the process.

    Raises `UserError` saying `busy` when another process holds it, and when it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"the folder cannot be made ({error.strerror})", where=folder, fix="name another one"
        ) from error
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UserError(busy, where=folder, fix="wait until it is done") from error
        # Its former holder may have renamed it between `open` and `flock`.
        if not folder.exists() or not os.path.samestat(folder.stat(), os.fstat(handle)):
            raise UserError(f"{busy}, or has just been", where=folder, fix="start again")
        yield
    finally:
        os.close(handle)


def begun_for(draft: Path) -> Any:  # noqa: ANN401 (JSON)
    """What the unfinished folder `draft` was begun for; None when nothing whole says."""
    try:
        return json.loads((draft / _MADE_FROM).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None


def begin_or_continue(draft: Path, made_from: Mapping[str, Any]) -> None:
    """Keep what `draft` holds if it was begun for the same `made_from`, otherwise empty it."""
    if begun_for(draft) == made_from:
        return
    # The note goes first: without it nothing else in the folder counts.
    note = draft / _MADE_FROM
    note.unlink(missing_ok=True)
    for path in draft.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    write_text(note, json.dumps(made_from))


def stands(folder: Path, manifest: str, what: str) -> bool:
    """Whether `folder` holds `what`, which its file `manifest` shows; False when nothing is there.

    Raises `UserError` when something else is.
    """
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return False
    if not (folder / manifest).is_file():
        raise UserError(
            f"the place is taken by something that is not {what}",
            where=folder,
            fix="name another folder",
        )
    return True


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """The keys of `now` whose values `before` has not, for a message."""
    return ", ".join(key for key in now if before.get(key) != now[key])


def write_text(path: Path, text: str) -> None:
    """Write a whole UTF-8 text file, or none."""
    with whole_file(path) as draft:
        draft.write_text(text, encoding="utf-8")


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
