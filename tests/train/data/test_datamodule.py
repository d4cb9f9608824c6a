import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback

from analysis.errors import UserError
from tests.train.data.conftest import Settings
from train.data.datamodule import BlocksDataModule, RunSampler
from train.data.prepare import prepare
from train.data.settings import MixtureSettings

BLOCKS = 3


@pytest.fixture(scope="module")
def folder(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prepared") / "data"
    prepare(settings(), folder, seed=0)
    return folder


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKENIZERS_PARALLELISM", "false")


class Recorder(LightningModule):
    """Writes down what it is given; its one weight learns nothing of interest."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(()))
        self.seen: list[tuple[int, torch.Tensor, torch.Tensor]] = []

    def training_step(self, batch: dict[str, torch.Tensor], batch_idx: int) -> torch.Tensor:
        self.seen.append((batch_idx, batch["input_ids"].clone(), batch["language"].clone()))
        return self.weight * 1.0

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1)


class StopAt(Callback):
    """Saves after a step, and leaves the run as a kill would."""

    def __init__(self, step: int, path: Path) -> None:
        self.step = step
        self.path = path

    def on_train_batch_end(self, trainer: Trainer, *_: Any) -> None:
        done = trainer.fit_loop.epoch_loop.batch_progress.current.ready
        if trainer.global_step == self.step and done == self.step * trainer.accumulate_grad_batches:
            trainer.save_checkpoint(self.path)
            raise KeyboardInterrupt


def module(settings: Settings, folder: Path, **changes: Any) -> BlocksDataModule:
    values: dict[str, Any] = {"batch_blocks": BLOCKS, "workers": 0, "seed": 5, **changes}
    mixture = values.pop("mixture", MixtureSettings())
    return BlocksDataModule(prepare=settings(), mixture=mixture, folder=str(folder), **values)


def fit(
    data: BlocksDataModule,
    tmp_path: Path,
    *,
    steps: int = 8,
    accumulate: int = 2,
    stop: StopAt | None = None,
    ckpt: Path | None = None,
) -> Recorder:
    model = Recorder()
    trainer = Trainer(
        max_steps=steps,
        accumulate_grad_batches=accumulate,
        accelerator="cpu",
        devices=1,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[stop] if stop else [],
        default_root_dir=tmp_path,
    )
    try:
        trainer.fit(model, datamodule=data, ckpt_path=ckpt, weights_only=False if ckpt else None)
    except (KeyboardInterrupt, SystemExit):
        assert stop is not None
    return model


def same(left: Recorder, right: list[tuple[int, torch.Tensor, torch.Tensor]]) -> None:
    assert [index for index, *_ in left.seen] == [index for index, *_ in right]
    for (_, ids, language), (_, other_ids, other_language) in zip(left.seen, right, strict=True):
        assert torch.equal(ids, other_ids)
        assert torch.equal(language, other_language)


@pytest.mark.parametrize("workers", [0, 2])
def test_resuming_twice_sees_exactly_the_batches_of_one_run(
    settings: Settings, folder: Path, tmp_path: Path, workers: int
) -> None:
    whole = fit(module(settings, folder, workers=workers), tmp_path)
    assert len(whole.seen) == 16
    first, second = tmp_path / "first.ckpt", tmp_path / "second.ckpt"
    data = module(settings, folder, workers=workers)
    begun = fit(data, tmp_path, stop=StopAt(3, first))
    same(begun, whole.seen[:6])
    on = fit(
        module(settings, folder, workers=workers), tmp_path, stop=StopAt(5, second), ckpt=first
    )
    same(on, whole.seen[6:10])
    data = module(settings, folder, workers=workers)
    same(fit(data, tmp_path, ckpt=second), whole.seen[10:])
    assert data.samples_done == 16 * BLOCKS


def test_batches_are_the_mixture_in_order(settings: Settings, folder: Path, tmp_path: Path) -> None:
    data = module(settings, folder)
    run = fit(data, tmp_path)
    languages, blocks = data.mixture.samples(0, 16 * BLOCKS)
    assert torch.cat([language for *_, language in run.seen]).tolist() == languages.tolist()
    ids = torch.cat([ids for _, ids, _ in run.seen])
    assert ids.dtype == torch.int64
    assert ids.shape == (16 * BLOCKS, 64)
    for row, language, block in zip(ids, languages, blocks, strict=True):
        expected = data.store.block(data.languages[language], int(block))
        assert row.tolist() == expected.tolist()
    assert data.samples_per_step == 2 * BLOCKS


def test_a_resume_may_spread_the_samples_otherwise(
    settings: Settings, folder: Path, tmp_path: Path
) -> None:
    ckpt = tmp_path / "x.ckpt"
    fit(module(settings, folder), tmp_path, stop=StopAt(3, ckpt))
    data = module(settings, folder, batch_blocks=2 * BLOCKS)
    on = fit(data, tmp_path, accumulate=1, ckpt=ckpt)
    languages, _ = data.mixture.samples(0, 16 * BLOCKS)
    assert torch.cat([x for *_, x in on.seen]).tolist() == languages[6 * BLOCKS :].tolist()
    assert len(on.seen) == 5
    data = module(settings, folder, batch_blocks=1)
    on = fit(data, tmp_path, accumulate=6, ckpt=ckpt, steps=30)
    languages, _ = data.mixture.samples(0, 6 * BLOCKS + 27 * 6)
    assert torch.cat([x for *_, x in on.seen]).tolist() == languages[6 * BLOCKS :].tolist()


def test_a_resume_in_the_middle_of_a_step_is_refused(
    settings: Settings, folder: Path, tmp_path: Path
) -> None:
    ckpt = tmp_path / "x.ckpt"
    fit(module(settings, folder), tmp_path, stop=StopAt(3, ckpt))
    with pytest.raises(UserError, match="4 does not divide the 6 batches that the run has done"):
        fit(module(settings, folder), tmp_path, accumulate=4, ckpt=ckpt)


def test_a_finished_run_can_be_made_longer(
    settings: Settings, folder: Path, tmp_path: Path
) -> None:
    whole = fit(module(settings, folder), tmp_path, steps=8)
    ckpt = tmp_path / "x.ckpt"
    fit(module(settings, folder), tmp_path, steps=4, stop=StopAt(4, ckpt))
    same(fit(module(settings, folder), tmp_path, steps=8, ckpt=ckpt), whole.seen[8:])
    assert fit(module(settings, folder), tmp_path, steps=4, ckpt=ckpt).seen == []


def test_resuming_on_other_data_or_order_is_refused(
    settings: Settings, folder: Path, tmp_path: Path
) -> None:
    ckpt = tmp_path / "x.ckpt"
    fit(module(settings, folder), tmp_path, stop=StopAt(2, ckpt))
    with pytest.raises(UserError, match="the seed or the mixture is not what this run"):
        fit(module(settings, folder, seed=6), tmp_path, ckpt=ckpt)
    with pytest.raises(UserError, match="the seed or the mixture is not what this run"):
        fit(module(settings, folder, mixture=MixtureSettings(temperature=1)), tmp_path, ckpt=ckpt)
    other = tmp_path / "other"
    prepare(settings(tokens_per_language=6400), other, seed=0)
    data = BlocksDataModule(
        prepare=settings(tokens_per_language=6400),
        mixture=MixtureSettings(),
        folder=str(other),
        batch_blocks=BLOCKS,
        workers=0,
        seed=5,
    )
    with pytest.raises(UserError, match="the prepared data is not what this run"):
        fit(data, tmp_path, ckpt=ckpt)
    allowed = fit(module(settings, folder, seed=6, allow_other_data=True), tmp_path, ckpt=ckpt)
    assert len(allowed.seen) == 12


def test_the_global_generator_is_left_alone(
    settings: Settings, folder: Path, tmp_path: Path
) -> None:
    torch.manual_seed(3)
    expected = torch.rand(4)
    torch.manual_seed(3)
    fit(module(settings, folder, workers=2), tmp_path, steps=2)
    assert torch.equal(torch.rand(4), expected)


@pytest.mark.parametrize("world", [1, 2, 3, 4])
def test_ranks_share_each_batch_whatever_their_number(
    settings: Settings, folder: Path, world: int
) -> None:
    from train.data.datamodule import Blocks

    data = module(settings, folder)
    data.setup()
    whole = Blocks(data.store, data.mixture, 240)
    ranks = [
        list(RunSampler(whole, start=24, stop=240, length=240 // world, rank=rank, world=world))
        for rank in range(world)
    ]
    assert len({len(rank) for rank in ranks}) == 1
    per_rank = 12 // world
    for batch in range((240 - 24) // 12):
        taken = [i for rank in ranks for i in rank[batch * per_rank : (batch + 1) * per_rank]]
        assert sorted(taken) == list(range(24 + batch * 12, 36 + batch * 12))


SPREAD = """
import sys
from pathlib import Path
import torch
from lightning.pytorch import Trainer
from tests.train.data.test_datamodule import Recorder
from train.data.datamodule import BlocksDataModule
from train.data.settings import DataSettings, MixtureSettings

class Saver(Recorder):
    def on_train_end(self):
        torch.save([ids for _, ids, _ in self.seen], Path(sys.argv[2]) / f"{self.global_rank}.pt")

class Ready(BlocksDataModule):
    def prepare_data(self):
        pass

if __name__ == "__main__":
    folder, out = Path(sys.argv[1]), Path(sys.argv[2])
    data = Ready(prepare=DataSettings(), mixture=MixtureSettings(), folder=str(folder),
                 batch_blocks=4, workers=0, seed=5)
    trainer = Trainer(max_steps=4, accelerator="cpu", devices=2, strategy="ddp_fork", logger=False,
                      enable_checkpointing=False, enable_progress_bar=False,
                      enable_model_summary=False, default_root_dir=out)
    trainer.fit(Saver(), datamodule=data)
"""


def test_two_processes_of_lightning_share_the_batches(
    settings: Settings, folder: Path, tmp_path: Path
) -> None:
    script = tmp_path / "spread.py"
    script.write_text(SPREAD)
    root = Path(__file__).parents[3]
    subprocess.run(
        [sys.executable, str(script), str(folder), str(tmp_path)],
        check=True,
        timeout=120,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"},
    )
    ranks = [torch.load(tmp_path / f"{rank}.pt") for rank in range(2)]
    data = module(settings, folder)
    data.setup()
    assert len(ranks[0]) == 4
    for batch, (even, odd) in enumerate(zip(*ranks, strict=True)):
        for place in range(4):
            language, block = data.mixture.sample(batch * 4 + place)
            expected = data.store.block(data.languages[language], block)
            np.testing.assert_array_equal((even, odd)[place % 2][place // 2], expected)


def test_settings_out_of_range(settings: Settings, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="batch_blocks: 0 is out of range"):
        module(settings, folder, batch_blocks=0)
    with pytest.raises(UserError, match=r"trainer\.max_steps: the run has no end"):
        fit(module(settings, folder), tmp_path, steps=-1)
    # Without data yet: such settings must not cost the hours of preparing it.
    nowhere = folder / "nowhere"
    with pytest.raises(UserError, match="no data in language 'fr'"):
        module(settings, nowhere, mixture=MixtureSettings(weights={"fr": 1.0}))
    with pytest.raises(UserError, match=r"-1\.0 is no temperature"):
        module(settings, nowhere, mixture=MixtureSettings(temperature=-1.0))


def test_what_stands_in_the_folder(settings: Settings, folder: Path, tmp_path: Path) -> None:
    assert module(settings, folder).is_prepared()
    assert not module(settings, tmp_path / "nothing").is_prepared()
    other = BlocksDataModule(
        prepare=settings(block_size=32), mixture=MixtureSettings(), folder=str(folder)
    )
    with pytest.raises(UserError, match="holds data of other block_size; name another"):
        other.is_prepared()
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UserError, match="taken by something that is not prepared data"):
        module(settings, tmp_path).is_prepared()


def test_a_tokenizer_that_has_changed_is_found_before_it_goes_into_checkpoints(
    settings: Settings, folder: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "data"
    shutil.copytree(folder, copy)
    path = copy / "tokenizer" / "tokenizer.json"
    path.write_bytes(path.read_bytes().replace(b"<pad>", b"<pod>"))
    with pytest.raises(UserError, match=r"tokenizer\.json: .* its content has changed"):
        module(settings, copy).setup()
