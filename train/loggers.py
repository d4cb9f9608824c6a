"""Where metrics go: a file of the run, which is the record, and Weights & Biases, its mirror."""

import json
import os
import sys
import uuid
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from lightning.pytorch.loggers import Logger, WandbLogger
from requests.utils import get_netrc_auth

from analysis.files import no_space_is_a_user_error, write_text
from analysis.metrics import METRICS, read_metrics


@dataclass(frozen=True)
class WandbSettings:
    """How a run is shown in Weights & Biases."""

    enabled: bool = True
    """Whether to mirror the run there."""

    project: str = "interlingua"
    """Project that the run belongs to."""

    entity: str | None = None
    """User or team; null for the default of the login."""

    mode: Literal["auto", "online", "offline"] = "auto"
    """`auto` is online with a login and offline without."""


class MetricsFile(Logger):
    """`metrics.jsonl`: one JSON object a line, `step` and the metrics logged together at it."""

    def __init__(self, run: Path) -> None:
        super().__init__()
        self.path = run / METRICS

    @property
    def name(self) -> str:
        """Kind of logger."""
        return "metrics"

    @property
    def version(self) -> str:
        """Of the run that the file belongs to."""
        return self.path.parent.name

    def log_hyperparams(self, params: dict[str, Any] | Namespace, *_: Any, **__: Any) -> None:
        """Nothing: `config.yaml` holds them."""

    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        """Append one line. Raises `UserError` when the disk is full."""
        line = json.dumps({"step": step, **metrics})
        with (
            no_space_is_a_user_error(self.path),
            self.path.open("a", encoding="utf-8") as file,
        ):
            file.write(f"{line}\n")

    def rewind(self, step: int) -> None:
        """Keep what led to `step`, where the run goes on: drop what was logged after it.

        The analyses of `step` itself go too, since they are logged again, from their tables; so
        does a line that a kill cut off.
        """
        if not self.path.is_file():
            return
        kept = [
            record
            for record in read_metrics(self.path)
            if record["step"] < step or (record["step"] == step and "loss/train" in record)
        ]
        text = "".join(f"{json.dumps(record)}\n" for record in kept)
        if text != self.path.read_text(encoding="utf-8"):
            write_text(self.path, text)


class PatientWandbLogger(WandbLogger):
    """A `WandbLogger` that a failing W&B cannot stop: it says so once, and the run goes on."""

    _failed = False

    def log_metrics(self, metrics: Any, step: int | None = None) -> None:  # noqa: ANN401
        """Log metrics against `trainer/global_step`, as Lightning does."""
        self._try(lambda: super(PatientWandbLogger, self).log_metrics(metrics, step))

    def log_image(
        self, key: str, images: list[Any], step: int | None = None, **options: Any
    ) -> None:
        """Log pictures against `trainer/global_step`."""
        self._try(lambda: super(PatientWandbLogger, self).log_image(key, images, step, **options))

    def log_table(self, key: str, *content: Any, **more: Any) -> None:
        """Log a table against `trainer/global_step`."""
        self._try(lambda: super(PatientWandbLogger, self).log_table(key, *content, **more))

    def finalize(self, status: str) -> None:
        """End the run there, after all has been written."""
        self._try(lambda: super(PatientWandbLogger, self).finalize(status))
        self._try(lambda: self.experiment.finish(exit_code=int(status != "success")))

    def _try(self, action: Callable[[], None]) -> None:
        if self._failed:
            return
        try:
            action()
        except Exception as error:
            self._failed = True
            say_wandb_failed(error)


def open_wandb(run: Path, settings: WandbSettings, config: dict[str, Any]) -> WandbLogger | None:
    """The W&B logger of a run, or None when W&B cannot be had; then says so and why.

    The run's id is drawn once and kept in `wandb-id.txt`, so that a continued run appends to its
    curves.
    """
    if not settings.enabled:
        return None
    note = run / "wandb-id.txt"
    try:
        import wandb  # noqa: PLC0415 (the run goes on without it)

        online = settings.mode == "online" or (settings.mode == "auto" and _logged_in())
        if not note.exists():
            write_text(note, uuid.uuid4().hex[:8])
        logger = PatientWandbLogger(
            name=run.name,
            id=note.read_text(encoding="utf-8").strip(),
            project=settings.project,
            entity=settings.entity,
            save_dir=str(run),
            mode="online" if online else "offline",
            resume="allow" if online else None,
            config=config,
            settings=wandb.Settings(silent=True),
        )
        experiment = logger.experiment  # starts W&B, so that a failure shows here
        if not online:
            folder = Path(experiment.dir).parent
            why = "mode offline" if settings.mode == "offline" else "no login"
            print(
                f"W&B: {why}, the curves are kept offline. To see them:\n"
                f"  wandb sync {folder}\n  wandb leet {folder}",
                file=sys.stderr,
            )
        return logger
    except Exception as error:
        say_wandb_failed(error)
        return None


def say_wandb_failed(error: Exception) -> None:
    """Tell that W&B is left alone from now on."""
    line = " ".join(str(error).split())
    print(f"\nW&B failed ({line}); the run goes on, {METRICS} is complete", file=sys.stderr)


def _logged_in() -> bool:
    """Whether a key is at hand, as W&B looks for it: in the environment, or in the netrc file.

    W&B's own functions ask for a key at the terminal when there is none.
    """
    import wandb  # noqa: PLC0415

    host = str(wandb.setup().settings.base_url)
    return bool(os.environ.get("WANDB_API_KEY")) or get_netrc_auth(host) is not None
