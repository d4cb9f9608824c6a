"""What a plan says that files will take, against what they take."""

from pathlib import Path

import pytest

from tests.train.conftest import CONFIG, QUIET, Fit
from train.cli import TrainingCLI
from train.plan.disk import data_shares, room, run_shares, taken
from train.plan.times import watched_by_run


def test_a_run_takes_what_was_said(fit: Fit) -> None:
    words = ("--config", str(CONFIG), "--model.shape.d_model", "128", *QUIET)
    values = TrainingCLI("plan", words).config_init
    parameters = sum(weight.numel() for weight in values.model.network.parameters())
    told = {one.name: one.bytes for one in run_shares(values, parameters, watched_by_run(values))}
    assert list(told) == ["checkpoints", "resume states", "record"]
    (data,), known = data_shares(values.data)
    assert known
    assert data.bytes == sum(path.stat().st_size for path in Path("data").rglob("*.*"))
    assert fit("--model.shape.d_model", "128", *QUIET) == 0
    run = Path("run")
    assert taken(run / "checkpoints") == pytest.approx(told["checkpoints"], rel=0.05)
    # Two states are kept; the third is there only while it is written.
    assert taken(run / "resume") * 3 / 2 == pytest.approx(told["resume states"], rel=0.05)
    written = (run / "metrics.jsonl").stat().st_size
    assert told["record"] / 8 < 2 * written < told["record"]


def test_what_is_being_prepared_is_there(tmp_path: Path) -> None:
    for name in ("data.unfinished/data", "data.shard-1-of-2/data", "data2"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "en.bin").write_bytes(b"x" * 1000)
    assert taken(tmp_path / "data") == 2000


def test_each_disk_has_its_own_room(tmp_path: Path) -> None:
    """`/proc` is a disk of its own, and has no room."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "x").write_bytes(b"x" * 3_000_000)
    needs = {tmp_path / "run": 5_000_000, tmp_path / "data": 1_000_000, Path("/proc/x"): 1}
    (text, enough), (other, suffices) = room(needs)
    assert text.startswith(f"6.00 MB for {tmp_path}/run and {tmp_path}/data, 3.00 MB of it there;")
    assert enough
    assert other == "0.00 MB for /proc/x, 0.00 MB of it there; 0.00 MB free on the disk"
    assert not suffices
