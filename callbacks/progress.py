"""The progress bar: one bar for the whole run, with the steps' loss and the time left."""

from lightning import LightningModule, Trainer
from lightning.pytorch.callbacks import TQDMProgressBar
from lightning.pytorch.callbacks.progress.tqdm_progress import Tqdm


class RunProgressBar(TQDMProgressBar):
    """Lightning's bar without what says nothing here: epoch and version."""

    def on_train_epoch_start(self, trainer: Trainer, *_: object) -> None:
        """Name the bar, once Lightning has set its length."""
        super().on_train_epoch_start(trainer)
        if isinstance(self.train_progress_bar, Tqdm):
            self.train_progress_bar.set_description("training")

    def get_metrics(
        self, trainer: Trainer, pl_module: LightningModule
    ) -> dict[str, int | str | float | dict[str, float]]:
        """What stands beside the bar."""
        metrics = super().get_metrics(trainer, pl_module)
        metrics.pop("v_num", None)
        return metrics
