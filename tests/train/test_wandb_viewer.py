"""W&B's terminal viewer opened on a run without a login, as the pages say."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
from pathlib import Path
from time import monotonic

import pytest

from train.loggers import WandbSettings, open_wandb

ROWS, COLUMNS = 50, 160
PATIENCE = 60
ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run with two curves in W&B's log."""
    folder = tmp_path / "demo"
    folder.mkdir()
    logger = open_wandb(folder, WandbSettings(mode="offline"), {"seed": 0})
    assert logger
    for step in range(8):
        logger.log_metrics({"loss/train": 8.0 - step, "overlap/ratio": 1 + step / 8}, step)
    logger.finalize("success")
    return folder


def test_the_viewer_shows_the_curves_in_their_sections(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(run))  # where it would remember its panes
    monkeypatch.setenv("TERM", "xterm-256color")
    words = [sys.executable, "-m", "wandb", "leet", str(run / "wandb/latest-run")]
    ours, theirs = pty.openpty()
    fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    viewer = subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown, end = b"", monotonic() + PATIENCE
    wanted = (b"A_loss/train", b"D_overlap/ratio", b"demo")
    while monotonic() < end and not all(one in shown for one in wanted):
        if select.select([ours], [], [], 0.1)[0]:
            shown += ESCAPES.sub(b" ", os.read(ours, 2**16))
    os.write(ours, b"q")
    assert viewer.wait(PATIENCE) == 0
    os.close(ours)
    assert shown.index(b"A_loss/train") < shown.index(b"D_overlap/ratio")
    assert b"demo" in shown
