import pytest
import torch

from analysis.errors import UserError
from analysis.ranks import Rank, this_rank

TORCHRUN = {"RANK": "5", "LOCAL_RANK": "1", "WORLD_SIZE": "8"}
SLURM = {
    "SLURM_PROCID": "3", "SLURM_LOCALID": "2", "SLURM_NTASKS": "4", "SLURM_NTASKS_PER_NODE": "4",
}  # fmt: skip


@pytest.fixture(autouse=True)
def no_launcher(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*TORCHRUN, *SLURM, "SLURM_JOB_NAME"):
        monkeypatch.delenv(name, raising=False)


def launched(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> Rank:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return this_rank()


def test_launchers_say_which_process_this_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert this_rank() == Rank(0, 1, 0)
    assert launched(monkeypatch, SLURM) == Rank(3, 4, 2)
    assert launched(monkeypatch, TORCHRUN) == Rank(5, 8, 1)


def test_an_interactive_allocation_launches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert launched(monkeypatch, {"SLURM_NTASKS": "4"}) == Rank()
    assert launched(monkeypatch, {**SLURM, "SLURM_JOB_NAME": "bash"}) == Rank()


def test_what_lightning_does_not_support_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    del (less := dict(SLURM))["SLURM_NTASKS_PER_NODE"]
    with pytest.raises(UserError, match=r"SLURM: .*--ntasks-per-node=4"):
        launched(monkeypatch, less)


def test_every_checkpoint_is_in_one_share() -> None:
    shares = [Rank(number, 3).share(range(8)) for number in range(3)]
    assert shares == [[0, 3, 6], [1, 4, 7], [2, 5]]
    assert Rank().share(range(3)) == [0, 1, 2]


def test_each_process_of_a_node_has_a_gpu_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert [Rank(n, 4, n).device("cuda") for n in range(4)] == ["cuda:0", "cuda:1"] * 2
    assert Rank(1, 4, 1).device("cuda:0") == "cuda:0"
    assert Rank(1, 4, 1).device("cpu") == "cpu"
    assert Rank().device("cuda") == "cuda"
