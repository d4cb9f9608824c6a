"""bf16 and compilation: the run is the same in kind, its checkpoints the same in form."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from analysis.metrics import read_metrics
from tests.train.conftest import QUIET, Fit
from train import loss as loss_module
from train.loss import losses_and_slope
from train.model import Decoder


def first_losses(run: str) -> list[float]:
    records = read_metrics(Path(run, "metrics.jsonl"))
    return [record["loss/train"] for record in records if "loss/train" in record]


def test_bf16_trains_near_fp32_and_keeps_fp32_weights(fit: Fit) -> None:
    words = (*QUIET, "--trainer.max_steps", "4", "--model.shape.dropout", "0.0",
             "--model.shape.attention_dropout", "0.0")  # fmt: skip
    assert fit(*words, "--run.folder", "fp32") == 0
    assert fit(*words, "--run.folder", "bf16", "--trainer.precision", "bf16-mixed") == 0
    assert first_losses("bf16") == pytest.approx(first_losses("fp32"), rel=0.02)
    assert first_losses("bf16") != first_losses("fp32")
    weights = load_file("bf16/checkpoints/step-00000004/model.safetensors")
    assert {value.dtype for value in weights.values()} == {torch.float32}


def test_a_compiled_run_has_plain_names_and_goes_on(
    fit: Fit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The eager backend stands for the compiler: graphs are captured, no code is generated."""
    captured: list[int] = []
    original = Decoder.compile

    def backend(graph: torch.fx.GraphModule, _: list[torch.Tensor]) -> Any:
        captured.append(len(graph.graph.nodes))
        return graph.forward

    monkeypatch.setattr(Decoder, "compile", lambda self: original(self, backend=backend))
    whole = torch.compile(losses_and_slope, fullgraph=True, dynamic=False, backend=backend)
    monkeypatch.setattr(loss_module, "_compiled", whole)
    words = (*QUIET, "--model.compile", "true")
    assert fit(*words, "--trainer.max_steps", "2", "--run.folder", "compiled") == 0
    assert len(captured) == 2  # decoder and loss: no breaks, nothing again at a checkpoint
    assert fit(*words, "--trainer.max_steps", "3", "--run.folder", "compiled") == 0
    assert fit(*QUIET, "--trainer.max_steps", "2", "--run.folder", "plain") == 0
    assert first_losses("compiled")[:2] == pytest.approx(first_losses("plain"), rel=1e-5)
    for step in (0, 2, 3):
        weights = load_file(f"compiled/checkpoints/step-{step:08d}/model.safetensors")
        assert sorted(weights)[0] == "model.embed_tokens.weight"
        assert not any("_orig_mod" in name for name in weights)
