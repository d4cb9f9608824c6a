"""The processes that a plan counts are those that Lightning would start."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from lightning import Trainer
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.accelerators import CUDAAccelerator

from analysis.errors import UserError
from train.plan.machine import processes

HERE = 4
"""GPUs of the machine that the tests pretend to run on."""

FORMS = ["auto", -1, "-1", 3, "3", "4", "0,1", "0, 1", "3,", [0, 2], [1]]
REFUSED = [0, "0", -2, [], [0, 0], "1,1", "0,-1", "two", ""]


def trainer(devices: object, accelerator: str = "gpu", nodes: int = 1) -> Any:
    return SimpleNamespace(devices=devices, accelerator=accelerator, num_nodes=nodes)


def of_lightning(devices: Any) -> int:
    """GPUs that Lightning takes for `devices`; as its connector does, for `auto` it asks first."""
    if devices == "auto":
        devices = CUDAAccelerator.auto_device_count()
    return len(CUDAAccelerator.parse_devices(devices) or [])


@pytest.fixture
def gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: HERE)


@pytest.mark.usefixtures("gpus")
@pytest.mark.parametrize("devices", FORMS, ids=repr)
def test_gpus_are_counted_as_lightning_does(devices: Any) -> None:
    for accelerator in ("gpu", "cuda", "auto"):
        counted = processes(trainer(devices, accelerator), None)
        assert counted.number == of_lightning(devices)
        assert processes(trainer(devices, accelerator, nodes=2), None).number == 2 * counted.number
    everything = str(devices) in ("auto", "-1")
    assert ("this machine has 4" in counted.source) == everything


@pytest.mark.usefixtures("gpus")
@pytest.mark.parametrize("devices", REFUSED, ids=repr)
def test_what_lightning_refuses_is_refused(devices: Any) -> None:
    with pytest.raises((MisconfigurationException, ValueError, AssertionError)):
        assert of_lightning(devices) > 0
    with pytest.raises(UserError, match=r"trainer\.devices: .* cannot be"):
        processes(trainer(devices), None)


@pytest.mark.parametrize("devices", ["auto", 1, 3, "2", -1, "0,1", [0], 0, "two"], ids=repr)
def test_processes_on_a_cpu(devices: Any) -> None:
    try:
        expected = Trainer(
            accelerator="cpu", devices=devices, logger=False, enable_checkpointing=False
        ).num_devices
    except (MisconfigurationException, TypeError):
        with pytest.raises(UserError, match=r"trainer\.devices"):
            processes(trainer(devices, "cpu"), None)
    else:
        assert processes(trainer(devices, "cpu"), None).number == expected


def test_all_gpus_of_a_machine_without_any_are_assumed_and_said_to_be() -> None:
    for devices in ("auto", -1, "-1"):
        counted = processes(trainer(devices, nodes=2), None)
        assert counted.number == 2
        assert "no GPU, and 1 a node is assumed: say how many with --gpus" in counted.source
    assert processes(trainer([0, 3]), None).number == 2  # those named are taken for there


def test_a_number_given_counts_all_nodes() -> None:
    counted = processes(trainer("auto", nodes=4), 8)
    assert (counted.number, counted.source) == (8, "--gpus")
    with pytest.raises(UserError, match=r"trainer\.num_nodes: 0 nodes"):
        processes(trainer(1, nodes=0), None)
