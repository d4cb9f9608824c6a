import errno
import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from analysis.errors import UserError
from analysis.files import (
    UNFINISHED,
    discard_unfinished,
    locked,
    sha256,
    whole_file,
    whole_folder,
    write_text,
)


def killed_inside(code: str, path: Path) -> None:
    """Run `code`, which kills itself, in a process of its own; `path` is its first argument."""
    header = "import os, signal, sys\nfrom pathlib import Path\nimport analysis.files as files\n"
    process = subprocess.run(
        [sys.executable, "-c", f"{header}path = Path(sys.argv[1])\n{code}", str(path)], check=False
    )
    assert process.returncode == -signal.SIGKILL


def left_in(folder: Path) -> tuple[set[str], set[str]]:
    """Names of what counts, and of what was left unfinished."""
    names = {path.name for path in folder.iterdir()}
    unfinished = {name for name in names if name.endswith(UNFINISHED)}
    return names - unfinished, unfinished


def test_a_file_is_written_and_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.txt"
    write_text(path, "first\n")
    with path.open() as reader:
        with whole_file(path) as draft:
            draft.write_text("second")
            assert path.read_text() == "first\n"
        assert path.read_text() == "second"
        assert reader.read() == "first\n"  # replaced, not written over
    write_text(path, "é ع\n")
    assert path.read_bytes() == "é ع\n".encode()
    assert left_in(path.parent) == ({"a.txt"}, set())


@pytest.mark.parametrize("old", [None, "old"])
def test_a_file_whose_body_raises_is_what_it_was(tmp_path: Path, old: str | None) -> None:
    path = tmp_path / "a.txt"
    if old is not None:
        path.write_text(old)

    def write() -> None:
        with whole_file(path) as draft:
            draft.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write()
    assert (path.read_text() if path.exists() else None) == old
    assert left_in(tmp_path) == ({"a.txt"} if old else set(), set())


def test_a_file_killed_while_written_is_what_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    killed_inside(
        "with files.whole_file(path) as draft:\n"
        "    draft.write_text('half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)",
        path,
    )
    assert path.read_text() == "old"
    counts, unfinished = left_in(tmp_path)
    assert counts == {"a.txt"}
    assert len(unfinished) == 1  # the kill came in the middle


def test_a_folder_replaces_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "f"
    for name in ("one", "two"):
        with whole_folder(path) as draft:
            (draft / "deep").mkdir()
            (draft / "deep" / name).write_text(name)
    assert [file.name for file in path.rglob("*") if file.is_file()] == ["two"]
    assert left_in(tmp_path) == ({"f"}, set())


def test_a_folder_whose_body_raises_is_what_it_was(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.mkdir()
    (path / "old").touch()

    def write() -> None:
        with whole_folder(path) as draft:
            (draft / "new").touch()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write()
    assert [file.name for file in path.iterdir()] == ["old"]
    assert left_in(tmp_path) == ({"f"}, set())


def test_a_folder_killed_while_written_is_what_it_was(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.mkdir()
    (path / "old").touch()
    killed_inside(
        "with files.whole_folder(path) as draft:\n"
        "    (draft / 'new').touch()\n"
        "    os.kill(os.getpid(), signal.SIGKILL)",
        path,
    )
    assert [file.name for file in path.iterdir()] == ["old"]
    counts, unfinished = left_in(tmp_path)
    assert counts == {"f"}
    assert len(unfinished) == 1


def test_a_folder_is_never_half_deleted_while_it_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.mkdir()
    for name in range(5):
        (path / f"old{name}").touch()
    # The first file that is deleted below `f`, or below what `f` has become, ends the process.
    killed_inside(
        "def die(*_, **__):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "with files.whole_folder(path) as draft:\n"
        "    (draft / 'new').touch()\n"
        "    os.unlink = die",
        path,
    )
    assert [file.name for file in path.iterdir()] == ["new"]
    assert left_in(tmp_path)[0] == {"f"}


def test_a_full_disk_is_the_users_to_mend(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full here")
    path = tmp_path / "a.txt"
    path.write_text("old")

    def write() -> None:
        with whole_file(path) as draft:
            draft.symlink_to(full)
            draft.write_text("more")

    with pytest.raises(UserError, match="no space left") as caught:
        write()
    assert caught.value.where == str(path)
    assert path.read_text() == "old"
    assert left_in(tmp_path) == ({"a.txt"}, set())


def test_a_full_disk_leaves_a_folder_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.mkdir()
    (path / "old").touch()

    def write(number: int) -> None:
        with whole_folder(path) as draft:
            (draft / "new").touch()
            raise OSError(number, os.strerror(number))

    for number in (errno.ENOSPC, errno.EDQUOT):
        with pytest.raises(UserError, match="no space left") as caught:
            write(number)
        assert caught.value.where == str(path)
    with pytest.raises(PermissionError):
        write(errno.EACCES)
    assert [file.name for file in path.iterdir()] == ["old"]
    assert left_in(tmp_path) == ({"f"}, set())


def test_sha256_is_that_of_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"abc")  # FIPS 180-2, appendix B.1
    assert sha256(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    path.write_bytes(bytes(range(256)) * 4096)
    assert sha256(path) == hashlib.sha256(bytes(range(256)) * 4096).hexdigest()


def test_what_a_kill_left_is_discarded_drafts_inside_drafts_too(tmp_path: Path) -> None:
    draft = tmp_path / f"checkpoints/step-1.77{UNFINISHED}"
    draft.mkdir(parents=True)
    (draft / f"manifest.json.77{UNFINISHED}").write_text("{")
    (tmp_path / f"config.yaml.77{UNFINISHED}").write_text("seed")
    (tmp_path / "config.yaml").write_text("seed: 0")
    discard_unfinished(tmp_path)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["checkpoints", "config.yaml"]


def test_a_folder_is_held_by_one_process(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    code = "from pathlib import Path; from analysis.files import locked\n"
    code += f"with locked(Path({str(folder)!r}), 'busy'): pass"
    with locked(folder, "busy"):
        done = subprocess.run(
            [sys.executable, "-c", code], check=False, capture_output=True, text=True
        )
    assert "busy; wait until it is done" in done.stderr
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_former_folder_comes_back_when_the_new_one_cannot_take_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "old").touch()
    rename = Path.rename

    def fail(path: Path, target: Path) -> Path:
        if target == folder and "former" not in path.name:
            raise OSError("no")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(OSError, match="no"), whole_folder(folder) as draft:
        (draft / "new").touch()
    assert [path.name for path in tmp_path.rglob("*")] == ["folder", "old"]
