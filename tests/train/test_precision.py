"""bf16 and compilation: the run is the same in kind, its checkpoints the same in form."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import distributed
from torch._dynamo.exc import Unsupported
from torch.distributed.device_mesh import init_device_mesh

from analysis.metrics import read_metrics
from tests.train.conftest import QUIET, Fit
from train import loss as loss_module
from train.loss import losses_and_slope
from train.model import Block, Decoder
from train.module import Pretraining
from train.settings import Shape


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
    """The eager backend stands for the compiler: graphs are captured, no code is generated.

    Checkpoints, states and all analyses come between the steps, and nothing is captured again.
    """
    captured: list[int] = []
    original = Decoder.compile

    def backend(graph: torch.fx.GraphModule, _: list[torch.Tensor]) -> Any:
        captured.append(len(graph.graph.nodes))
        return graph.forward

    def compile_decoder(self: Decoder, **options: Any) -> None:
        original(self, backend=backend, **options)

    monkeypatch.setattr(Decoder, "compile", compile_decoder)
    whole = torch.compile(losses_and_slope, fullgraph=True, dynamic=False, backend=backend)
    monkeypatch.setattr(loss_module, "_compiled", whole)
    compiled = ("--model.compile", "true", "--run.folder", "compiled")
    watched = ("--online.schedule.powers_of_two", "false", "--online.schedule.every", "2")
    assert fit(*compiled, *watched, "--trainer.max_steps", "3") == 0
    records = read_metrics(Path("compiled/metrics.jsonl"))
    assert [record["step"] for record in records if "overlap/ratio" in record] == [0, 2, 3]
    assert fit(*compiled, *QUIET, "--trainer.max_steps", "5") == 0
    assert len(captured) == 2  # decoder and loss, once for both runs
    assert fit(*QUIET, "--trainer.max_steps", "5", "--run.folder", "plain") == 0
    assert first_losses("compiled")[:5] == pytest.approx(first_losses("plain"), rel=1e-5)
    for step in (0, 2, 5):
        weights = load_file(f"compiled/checkpoints/step-{step:08d}/model.safetensors")
        assert sorted(weights)[0] == "model.embed_tokens.weight"
        assert not any("_orig_mod" in name for name in weights)


def test_what_would_break_the_graph_is_an_error(fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    original = Decoder.forward

    def forward(self: Decoder, tokens_BT: torch.Tensor) -> torch.Tensor:
        print(float(tokens_BT.sum()))
        return original(self, tokens_BT)

    monkeypatch.setattr(Decoder, "forward", forward)
    with pytest.raises(Unsupported):
        fit(*QUIET, "--model.compile", "true")


def test_shards_are_compiled_layer_by_layer(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each gathers its weights before, which no graph can hold; the graph serves all layers."""
    captured: list[torch.fx.GraphModule] = []
    original = Block.compile

    def backend(graph: torch.fx.GraphModule, _: list[torch.Tensor]) -> Any:
        captured.append(graph)
        return graph.forward

    def compile_block(self: Block, **options: Any) -> None:
        original(self, backend=backend, **options)

    monkeypatch.setattr(Block, "compile", compile_block)
    monkeypatch.setattr(Decoder, "compile", None)
    module = Pretraining(Shape(100, 16, 32, 3, 2, 32, 0.0, 0.0), compile=True)
    before = list(module.state_dict())
    tokens_BT = torch.arange(64).reshape(2, 32)
    expected = module.network(tokens_BT)
    alone = f"file://{tmp_path / 'store'}"
    distributed.init_process_group("gloo", init_method=alone, rank=0, world_size=1)
    try:
        module._device_mesh = init_device_mesh("cpu", (1,), mesh_dim_names=("data_parallel",))
        module.configure_model()
        for _ in range(2):
            found = module.network.lm_head(module.network(tokens_BT))
            found.sum().backward()
        torch.testing.assert_close(module.network(tokens_BT), expected)
    finally:
        distributed.destroy_process_group()
    assert len(captured) == 1
    assert list(module.state_dict()) == before
