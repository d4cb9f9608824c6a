import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from analysis.errors import UserError
from analysis.processes import cores, run_tasks

HERE = os.getpid()


def write(path: Path) -> Iterator[float]:
    yield 0.5
    path.write_text(str(os.getpid()))


def fail(path: Path) -> Iterator[float]:
    yield 0.5
    if path.name == "2":
        raise UserError("no good", where=path.name, fix="mend it")
    path.write_text("done")


def die(path: Path) -> Iterator[float]:
    yield 0.5
    if path.name == "1":
        os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("workers", [0, 1, 2])
def test_every_task_is_done_once_where_it_should_be(tmp_path: Path, workers: int) -> None:
    paths = [tmp_path / str(number) for number in range(5)]
    run_tasks(write, paths, [1, 2, 3, 4, 5], title="writing", workers=workers)
    done = {path.read_text() for path in paths}
    assert (done == {str(HERE)}) == (workers <= 1)


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_of_a_task_is_raised_as_it_is(tmp_path: Path, workers: int) -> None:
    paths = [tmp_path / str(number) for number in range(4)]
    with pytest.raises(UserError) as caught:
        run_tasks(fail, paths, [1] * 4, title="writing", workers=workers)
    assert str(caught.value) == "2: no good; mend it"


def test_a_process_that_dies_is_told() -> None:
    with pytest.raises(UserError, match="a process died"):
        run_tasks(die, [Path("0"), Path("1")], [1, 1], title="writing", workers=2)


def test_no_tasks_need_no_processes() -> None:
    run_tasks(write, [], [], title="writing", workers=4)
    assert 1 <= cores() <= (os.cpu_count() or 1)


SCRIPT = """
    import sys, time
    from pathlib import Path
    from analysis.processes import run_tasks

    def wait(path):
        path.write_text(str(__import__("os").getpid()))
        while True:
            time.sleep(0.05)
            yield 0.1

    if __name__ == "__main__":
        run_tasks(wait, [Path(name) for name in sys.argv[1:]], [1, 1], title="x", workers=2)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_workers_end_with_their_parent(tmp_path: Path, number: signal.Signals) -> None:
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(SCRIPT))
    marks = [tmp_path / "a", tmp_path / "b"]
    parent = subprocess.Popen(
        [sys.executable, script, *marks], stderr=subprocess.DEVNULL, start_new_session=True
    )
    _until(lambda: all(mark.is_file() and mark.read_text() for mark in marks))
    parent.send_signal(number)
    assert parent.wait(timeout=30) != 0
    _until(lambda: not any(_alive(int(mark.read_text())) for mark in marks))


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
