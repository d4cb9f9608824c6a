"""Every shipped configuration can be launched, and is what its comments say."""

from pathlib import Path

import pytest
import torch

from callbacks.schedule import Schedule
from train.cli import TrainingCLI
from train.model import XGLM

CONFIGS = sorted(Path(__file__).parents[1].glob("configs/*.yaml"))


class Parsed(TrainingCLI):
    """A configuration read and checked, settings built, but no model, data or trainer."""

    def instantiate_classes(self) -> None:
        self.settings = self.parser.instantiate(self.config)

    def __init__(self, *words: str) -> None:
        with torch.device("meta"):
            super().__init__("fit", words)


@pytest.fixture(params=CONFIGS, ids=lambda path: path.stem)
def config(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def test_it_is_read_and_fits_together(config: Path) -> None:
    values = Parsed("--config", str(config)).config
    shape, data = values.model.shape, values.data
    assert data.prepare.block_size <= shape.max_position_embeddings
    assert data.prepare.tokenizer.vocab_size == shape.vocab_size
    assert len(data.prepare.languages) == 16
    assert values.model.optimizer.warmup_steps < values.trainer.max_steps
    for analysis in ("heldout", "probing", "lape"):
        assert values.analyses[analysis].context <= shape.max_position_embeddings
    assert values.run.folder == f"runs/{config.stem}"


def test_its_parameters_are_as_documented() -> None:
    counted = {}
    for path in CONFIGS:
        with torch.device("meta"):
            model = XGLM(Parsed("--config", str(path)).settings.model.shape.config())
        counted[path.stem] = sum(parameter.numel() for parameter in model.parameters())
    assert counted == {"demo": 462_208, "xglm_mini": 10_414_592, "xglm_257m": 257_115_136}


def test_the_full_size_run_is_the_published_one() -> None:
    path = Path(__file__).parents[1] / "configs/xglm_257m.yaml"
    values = Parsed("--config", str(path)).config
    assert values.trainer.max_steps == 2**17
    blocks = values.data.batch_blocks * values.trainer.accumulate_grad_batches
    assert blocks * values.data.prepare.block_size == 131_072
    schedule = Schedule(values.checkpoints.powers_of_two, values.checkpoints.every)
    assert len(schedule.steps(values.trainer.max_steps)) == 45
    assert values.analyses.experts.k == 500
    assert values.data.prepare.source.kind == "hub"
