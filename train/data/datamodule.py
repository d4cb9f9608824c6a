"""Batches for training: the blocks of a mixture, in its order, from the sample a run stopped at.

One epoch of Lightning is the whole run. Batch b of the run is the samples [b A, (b + 1) A), and of
W devices the r-th takes every W-th of them, from the r-th on. So what an optimiser step sees
depends on the number of samples of a step, not on how they are spread over devices, accumulated
batches and workers. To go on with a run takes one integer, the samples that it has consumed, which
the checkpoint carries.

Shape letters: A blocks of a batch on all devices, B = A / W of a device's, T tokens of a block,
W devices.
"""

import signal
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict, cast

import torch
from lightning.pytorch import LightningDataModule, Trainer
from lightning.pytorch.loops.progress import _ProcessedTracker
from torch.utils.data import DataLoader, Dataset, DistributedSampler

from analysis.concepts.build import build_concepts
from analysis.concepts.settings import BuildSettings
from analysis.errors import UserError
from analysis.files import stands
from analysis.layout import CONCEPT_SET
from analysis.seeds import torch_stream
from train.data.mixture import Mixture, check_temperature, check_weights, temperature_weights
from train.data.prepare import SETTINGS_OF_TOKENS, check_same, prepare_shard
from train.data.prepare import prepare as prepare_folder
from train.data.settings import DataSettings, MixtureSettings
from train.data.shards import Shard
from train.data.store import MANIFEST, PreparedData, read_manifest


class Row(TypedDict):
    """One sample: `input_ids` (T,) int64, and the number of its language."""

    input_ids: torch.Tensor
    language: int


class Blocks(Dataset[Row]):
    """The samples of a run, by their numbers."""

    def __init__(self, store: PreparedData, mixture: Mixture, samples: int) -> None:
        self.store = store
        self.mixture = mixture
        self._samples = samples

    def __len__(self) -> int:
        return self._samples

    def __getitem__(self, index: int) -> Row:
        language, block = self.mixture.sample(index)
        ids_T = self.store.block(self.mixture.languages[language], block)
        return {"input_ids": torch.from_numpy(ids_T), "language": language}


class RunSampler(DistributedSampler[int]):
    """The numbers of the samples in [start, stop) that fall to device `rank` of `world`.

    `length` is what Lightning compares with the batches done, those before a resume included; so it
    counts the whole run, from its first sample on.

    It is a `DistributedSampler` because Lightning would put one of its own in another's place.
    """

    def __init__(
        self, samples: Blocks, *, start: int, stop: int, length: int, rank: int, world: int
    ) -> None:
        super().__init__(cast(Dataset[int], samples), num_replicas=world, rank=rank, shuffle=False)
        self._range = range(start + rank, stop, world)
        self._length = length

    def __iter__(self) -> Iterator[int]:
        return iter(self._range)

    def __len__(self) -> int:
        return self._length


def _leave_signals_to_the_run(_: int) -> None:
    """Ctrl-C reaches every process of the terminal; the run ends its workers once it has saved."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1):
        signal.signal(number, signal.SIG_IGN)


@dataclass(frozen=True)
class _Resumed:
    """Where the run stood when it was last resumed."""

    samples: int = 0
    step: int = 0
    batches: int = 0


class BlocksDataModule(LightningDataModule):
    """Prepares the data and gives the training batches.

    A batch is `input_ids` (B, T) int64 and `language` (B,) int64, the place of each sample's
    language in `languages`. Needs a trainer with `max_steps`.

    Args:
        prepare: What to prepare.
        mixture: How often each language is drawn.
        folder: Where the prepared data is, or shall be.
        concepts: How the concept set is built from the same text.
        batch_blocks: Blocks of a forward pass, shared among the devices.
        workers: Processes that read blocks; 0 reads in the training process.
        seed: Seed of the order of the samples.
        data_seed: Seed of preparing (the sample that a tokenizer is trained on), kept apart so that
            runs of several seeds share one data folder.
        allow_other_data: Go on with a run although its data or order is not what it was.

    """

    store: PreparedData
    """The prepared data, after `setup`."""

    mixture: Mixture
    """The order of the samples, after `setup`."""

    def __init__(
        self,
        *,
        prepare: DataSettings,
        mixture: MixtureSettings,
        folder: str,
        concepts: BuildSettings | None = None,
        batch_blocks: int = 16,
        workers: int = 2,
        seed: int = 0,
        data_seed: int = 0,
        allow_other_data: bool = False,
    ) -> None:
        super().__init__()
        self.prepare_data_per_node = False  # of a run's processes, the first prepares for all
        for name, value, least in (("batch_blocks", batch_blocks, 1), ("workers", workers, 0)):
            if value < least:
                raise UserError(f"{value} is out of range", where=name, fix=f"give {least} or more")
        # Before hours of preparing, not after them.
        check_temperature(mixture.temperature)
        if mixture.weights is not None:
            check_weights(mixture.weights, prepare.languages)
        self.settings = prepare
        self.mixture_settings = mixture
        self.folder = Path(folder)
        self.concepts = concepts or BuildSettings()
        self.batch_blocks = batch_blocks
        self._workers = workers
        self._seed = seed
        self._data_seed = data_seed
        self.allow_other_data = allow_other_data
        self._prepared = False
        self._resumed = _Resumed()

    @property
    def languages(self) -> list[str]:
        """Codes of the languages; `language` of a batch counts in this order."""
        return self.store.languages

    @property
    def samples_per_step(self) -> int:
        """Samples of one optimiser step on all devices."""
        return self.batch_blocks * self._trainer().accumulate_grad_batches

    @property
    def samples_done(self) -> int:
        """Samples that the run has consumed; exact from `on_train_batch_end` on."""
        return self._resumed.samples + self._batches_since() * self.batch_blocks

    def tokens_seen(self, step: int) -> dict[str, int]:
        """Training tokens per language after `step` steps, from the step resumed from on."""
        since = step - self._resumed.step
        counts = self.mixture.counts(self._resumed.samples + since * self.samples_per_step)
        return {
            language: int(count) * self.store.block_size
            for language, count in zip(self.mixture.languages, counts, strict=True)
        }

    def prepare_data(self) -> None:
        """Prepare the data unless it is there already. Raises `UserError` as `prepare` does."""
        if not self._prepared:
            prepare_folder(self.settings, self.folder, seed=self._data_seed)
            self._prepared = True

    def prepare_shard(self, shard: Shard) -> None:
        """Prepare a shard of the data unless it is there. Raises `UserError` as `prepare` does."""
        prepare_shard(self.settings, self.folder, shard, seed=self._data_seed)

    def build_concepts(self) -> Path:
        """Build the concept set of the data's text unless it is there; returns its folder.

        Raises `UserError` as `build_concepts` does, and when a Hub data set would be read whole.
        """
        source = self.settings.source
        if source.kind == "hub" and self.concepts.documents is None:
            raise UserError(
                "a data set on the Hub is too long to be read to its end",
                where="data.concepts.documents",
                fix="say how many documents of each language are searched for concepts",
            )
        out = self.folder / CONCEPT_SET
        build_concepts(self.concepts, source, self.settings.languages, out)
        return out

    def is_prepared(self) -> bool:
        """Whether data of these settings stands in the folder; its text is not compared.

        Raises `UserError` when something else does.
        """
        if not stands(self.folder, MANIFEST, "prepared data"):
            return False
        made_from = read_manifest(self.folder)["made_from"]
        wanted = {key: getattr(self.settings, key) for key in ("languages", *SETTINGS_OF_TOKENS)}
        check_same(made_from, wanted, self.folder)
        return True

    def setup(self, stage: str = "fit") -> None:
        """Open the data.

        Raises `UserError` for a folder that is damaged, its tokens not compared, and for weights
        out of range.
        """
        if hasattr(self, "store"):
            return
        store = PreparedData(self.folder)
        store.verify(tokens=False)
        self.mixture = self.mixed({code: store.blocks(code) for code in store.languages})
        self.store = store

    def mixed(self, blocks: Mapping[str, int]) -> Mixture:
        """The order of the samples where each language has so many blocks.

        Raises `UserError` for weights out of range.
        """
        weights = self.mixture_settings.weights
        if weights is None:
            weights = temperature_weights(blocks, self.mixture_settings.temperature)
        return Mixture(self._seed, weights, blocks)

    def train_dataloader(self) -> DataLoader[Row]:
        """The batches from where the run stands to its last step.

        Raises `UserError` for a trainer without `max_steps`, and for a resume after a number of
        batches that `accumulate_grad_batches` does not divide: Lightning would make the first
        step from fewer batches.
        """
        trainer = self._trainer()
        if trainer.max_steps < 0:
            raise UserError("the run has no end", where="trainer.max_steps", fix="set it")
        if self._resumed.batches % trainer.accumulate_grad_batches:
            raise UserError(
                f"{trainer.accumulate_grad_batches} does not divide the "
                f"{self._resumed.batches:,} batches that the run has done",
                where="trainer.accumulate_grad_batches",
                fix="choose one that does, or resume from another checkpoint",
            )
        # Batches come in the right order from the right sample; Lightning cannot know.
        warnings.filterwarnings("ignore", ".*your dataloader is not resumable.*")
        left = max(0, trainer.max_steps - self._resumed.step)
        batches = self._resumed.batches + left * trainer.accumulate_grad_batches
        stop = self._resumed.samples + left * self.samples_per_step
        samples = Blocks(self.store, self.mixture, stop)
        share = self.batch_blocks // trainer.world_size
        return DataLoader(
            samples,
            batch_size=share,
            sampler=RunSampler(
                samples,
                start=self.samples_done,
                stop=stop,
                length=batches * share,
                rank=trainer.global_rank,
                world=trainer.world_size,
            ),
            num_workers=self._workers,
            worker_init_fn=_leave_signals_to_the_run,
            pin_memory=trainer.strategy.root_device.type == "cuda",
            # Of its own, or making an iterator would draw from the global one.
            generator=torch_stream(self._seed, "loader"),
        )

    def state_dict(self) -> dict[str, Any]:
        """What a resume needs, and what it must find unchanged."""
        return {
            "samples": self.samples_done,
            "step": self._trainer().global_step,
            "batches": self._resumed.batches + self._batches_since(),
            "data": self.store.fingerprint,
            "order": self.mixture.fingerprint,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from `state_dict`.

        Raises `UserError` when data or order differ, unless `allow_other_data` is set.
        """
        if not self.allow_other_data:
            for key, what, now in (
                ("data", "the prepared data", self.store.fingerprint),
                ("order", "the seed or the mixture", self.mixture.fingerprint),
            ):
                if state_dict[key] != now:
                    raise UserError(
                        f"{what} is not what this run was started with",
                        where=self.folder,
                        fix="restore it, start a new run, or set data.allow_other_data to true",
                    )
        self._resumed = _Resumed(state_dict["samples"], state_dict["step"], state_dict["batches"])

    def _batches_since(self) -> int:
        """Batches done since the run was last resumed."""
        # Before Lightning has restored its own counters they are behind, at 0.
        progress = cast(
            _ProcessedTracker, self._trainer().fit_loop.epoch_loop.batch_progress.current
        )
        return max(0, progress.processed - self._resumed.batches)

    def _trainer(self) -> Trainer:
        assert self.trainer is not None, "the data module is not attached to a trainer"
        return self.trainer
