"""Watching loops that are not this project's: the shown examples, and that nothing changes."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import lightning
import pandas as pd
import pytest
import torch
from tokenizers.processors import TemplateProcessing
from torch.utils.data import DataLoader
from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainingArguments, set_seed

from analysis.checkpoints.loading import open_checkpoint, step_folder
from analysis.checkpoints.manifest import read_manifest, verify, weights_fingerprint
from analysis.errors import UserError
from analysis.heldout import HeldoutSettings
from analysis.inputs import open_inputs
from analysis.registry import ANALYSES, Divided
from analysis.results import read_tables
from analysis.run import analyse
from analysis.settings import AnalysisSettings, wanted
from analysis.tokens import document_start
from callbacks.checkpoint import export_decoder
from callbacks.elsewhere import Watch
from callbacks.hf_trainer import TrainerAnalyses
from callbacks.schedule import Schedule
from tests.analysis.activations.tiny import CONFIGS, tiny_model
from tests.analysis.run_folder import make_data
from tests.analysis.tiny import byte_tokenizer

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs/examples"
SETTINGS = AnalysisSettings(
    heldout=HeldoutSettings(tokens_per_language=40, context=16),
    probing=None, experts=None, lape=None, lens=None,
)  # fmt: skip
BLOCKS = [[(7 * row + place) % 256 + 4 for place in range(16)] for row in range(24)]


def watch(folder: Path, **options: Any) -> Watch:
    heldout = make_data(folder / "data")
    return Watch(folder / "run", byte_tokenizer(), heldout, SETTINGS, **options)


def decoder() -> GPT2LMHeadModel:
    """A tiny model with tied weights and dropout."""
    set_seed(0)
    return GPT2LMHeadModel(
        GPT2Config(vocab_size=260, n_positions=64, n_embd=16, n_layer=2, n_head=2,
                   bos_token_id=0, eos_token_id=2)
    )  # fmt: skip


@pytest.fixture
def _careless(monkeypatch: pytest.MonkeyPatch) -> None:
    """An analysis that draws from the global streams."""
    careful = ANALYSES["heldout"]
    make = careful.make
    assert not isinstance(make, Divided)

    def careless(*inputs: Any) -> Any:
        torch.manual_seed(99)
        return make(*inputs)

    monkeypatch.setitem(ANALYSES, "heldout", replace(careful, make=careless))


def with_trainer(folder: Path, watching: Watch | None) -> tuple[Trainer, GPT2LMHeadModel]:
    arguments = TrainingArguments(
        str(folder), max_steps=4, per_device_train_batch_size=2, logging_steps=2, use_cpu=True,
        gradient_accumulation_steps=2, report_to="none", save_strategy="no", disable_tqdm=True,
    )  # fmt: skip
    rows = [{"input_ids": block, "labels": block} for block in BLOCKS]
    model = decoder()
    trainer = Trainer(model, arguments, train_dataset=rows)
    if watching:
        trainer.add_callback(TrainerAnalyses(trainer, watching))
    trainer.train()
    return trainer, model


class Own(lightning.LightningModule):
    def __init__(self) -> None:
        super().__init__()
        self.inner = decoder()

    def training_step(self, batch: torch.Tensor) -> torch.Tensor:
        loss: torch.Tensor = self.inner(input_ids=batch, labels=batch).loss
        return loss

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.AdamW(self.parameters(), lr=1e-2)


def inner(module: lightning.LightningModule) -> GPT2LMHeadModel:
    assert isinstance(module, Own)
    return module.inner


def with_lightning(folder: Path, watching: Watch | None, **options: Any) -> Own:
    module = Own()
    trainer = lightning.Trainer(
        callbacks=watching.callbacks(inner) if watching else [],
        default_root_dir=folder, logger=False, accelerator="cpu", enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False, **options,
    )  # fmt: skip
    trainer.fit(module, DataLoader(cast(Any, torch.tensor(BLOCKS)), batch_size=4, shuffle=True))
    return module


def analysed(run: Path) -> list[int]:
    return sorted(read_tables(run / "results", "heldout")["step"].unique())


@pytest.mark.usefixtures("_careless")
def test_watching_transformers_trainer_changes_nothing(tmp_path: Path) -> None:
    alone, model_alone = with_trainer(tmp_path / "alone", None)
    watched, model_watched = with_trainer(tmp_path / "watched", watch(tmp_path))
    weights = [weights_fingerprint(model.state_dict()) for model in (model_alone, model_watched)]
    assert weights[0] == weights[1]
    losses = [
        [(one["step"], one["loss"]) for one in trainer.state.log_history if "loss" in one]
        for trainer in (alone, watched)
    ]
    assert losses[0] == losses[1]
    assert [step for step, _ in losses[0]] == [2, 4]


def test_the_trainers_own_logs_have_the_curves(tmp_path: Path) -> None:
    trainer, _ = with_trainer(tmp_path, watch(tmp_path))
    key = "heldout/bits_per_byte/mean"
    curve = {one["step"]: one[key] for one in trainer.state.log_history if key in one}
    assert list(curve) == [0, 1, 2, 4] == analysed(tmp_path / "run")
    rows = read_tables(tmp_path / "run/results", "heldout")
    rows = rows[(rows["language"] == "mean") & (rows["metric"] == "bits_per_byte")]
    assert list(curve.values()) == pytest.approx(list(rows["value"]))


@pytest.mark.usefixtures("_careless")
def test_watching_a_lightning_module_changes_nothing(tmp_path: Path) -> None:
    alone = with_lightning(tmp_path, None, max_steps=4)
    watched = with_lightning(tmp_path, watch(tmp_path), max_steps=4)
    assert weights_fingerprint(alone.state_dict()) == weights_fingerprint(watched.state_dict())
    assert analysed(tmp_path / "run") == [0, 1, 2, 4]
    last = open_checkpoint(step_folder(tmp_path / "run", 4)).model.state_dict()
    assert all(torch.equal(last[name], value) for name, value in watched.inner.state_dict().items())


def test_a_run_by_epochs_has_a_last_step_too(tmp_path: Path) -> None:
    ends = Schedule(powers_of_two=False, every=0)
    with_lightning(tmp_path, watch(tmp_path, checkpoints=ends), max_epochs=2)
    assert analysed(tmp_path / "run") == [0, 12]  # 24 blocks in batches of 4, twice


def test_the_same_analyses_later_give_the_same_tables(tmp_path: Path) -> None:
    watching = watch(tmp_path, tokens_seen=lambda step: {"en": 5 * step, "es": step})
    with_lightning(tmp_path, watching, max_steps=2)
    folder = step_folder(tmp_path / "run", 2)
    manifest = verify(folder)
    assert (manifest.tokens, manifest.data, manifest.config) == (12, "unknown", "unknown")
    later = analyse(folder, tmp_path / "later", open_inputs(SETTINGS, watching.heldout))
    online = read_tables(tmp_path / "run/results", "heldout")
    online = online[online["step"] == 2].reset_index(drop=True)
    pd.testing.assert_frame_equal(online, later.tables["heldout"], check_exact=True)


@pytest.mark.parametrize("family", CONFIGS)
def test_a_checkpoint_is_the_model(family: str, tmp_path: Path) -> None:
    model = tiny_model(family)
    folder = watch(tmp_path).writer(lambda _: model).write(export_decoder(model), 3)
    opened = open_checkpoint(folder)
    state = opened.model.state_dict()
    assert state.keys() == model.state_dict().keys()
    assert all(torch.equal(state[name], value) for name, value in model.state_dict().items())
    assert opened.weights == read_manifest(folder).weights
    assert opened.tokenizer("the dog")["input_ids"] == byte_tokenizer()("the dog")["input_ids"]


def test_texts_stand_behind_what_the_tokenizer_puts_there_and_not_as_ours_do(
    tmp_path: Path,
) -> None:
    tokenizer = byte_tokenizer()
    assert tokenizer.bos_token_id != tokenizer.eos_token_id
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
        single="<s> $A", special_tokens=[("<s>", tokenizer.bos_token_id)]
    )
    watching = replace(watch(tmp_path), tokenizer=tokenizer)
    model = decoder()
    folder = watching.writer(lambda _: model).write(export_decoder(model), 3)
    assert not read_manifest(folder).packed_as_ours
    assert document_start(open_checkpoint(folder).tokenizer) == tokenizer.bos_token_id


def test_a_compiled_decoder_is_exported_under_its_own_names() -> None:
    model = decoder()
    compiled: Any = torch.compile(model)
    exported = export_decoder(compiled)
    assert "lm_head.weight" not in exported.weights  # tied
    assert exported.weights.keys() == export_decoder(model).weights.keys()
    assert "transformer.wte.weight" in exported.weights


def test_missing_text_is_told_before_training(tmp_path: Path) -> None:
    missing = replace(watch(tmp_path), heldout=tmp_path / "nowhere.parquet")
    with pytest.raises(UserError, match="no such file"):
        missing.callbacks(inner)


@pytest.mark.parametrize("script", ["hf_trainer.py", "lightning_module.py"])
def test_an_example_runs_as_it_is_shown(script: str, tmp_path: Path) -> None:
    source = (EXAMPLES / script).read_text(encoding="utf-8").partition('"""\n\n')[2]
    assert len([line for line in source.splitlines() if line.strip()]) <= 20
    ran = subprocess.run(
        [sys.executable, str(EXAMPLES / script)], cwd=tmp_path, check=False, timeout=300,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    run = tmp_path / "runs/elsewhere"
    assert [verify(folder).step for folder in sorted((run / "checkpoints").iterdir())] == [0, 2, 4]
    tables = {folder.name for folder in (run / "results").iterdir()}
    assert {*wanted(AnalysisSettings()), "overlap", "kept"} <= tables
    assert sorted(read_tables(run / "results", "overlap")["step"].unique()) == [0, 2, 4]
    if script == "hf_trainer.py":
        log = json.loads((run / "trainer/checkpoint-4/trainer_state.json").read_text())
        assert [one["step"] for one in log["log_history"] if "overlap/ratio" in one] == [0, 2, 4]
    else:
        curves = pd.read_csv(next(run.glob("lightning_logs/*/metrics.csv")))
        assert list(curves["step"][curves["overlap/ratio"].notna()]) == [0, 2, 4]
