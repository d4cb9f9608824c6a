"""What a run makes of signals, without a run."""

import signal
from typing import Any

import pytest

from callbacks import stopping
from callbacks.ranks import Ranks
from callbacks.stopping import REQUEUE, GracefulStop, requeued_before_training


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGTERM, REQUEUE), (signal.SIGUSR1, REQUEUE), (signal.SIGINT, 130)],
)
def test_signals_at_once_are_one_and_ctrl_c_later_stops_at_once(
    monkeypatch: pytest.MonkeyPatch, number: signal.Signals, code: int
) -> None:
    now = 50.0
    monkeypatch.setattr(stopping, "monotonic", lambda: now)
    no_trainer: Any = None
    stop = GracefulStop(no_trainer, Ranks())
    assert stop.exit_code is None
    stop.run_started(no_trainer, no_trainer, 0)
    try:
        signal.raise_signal(number)
        signal.raise_signal(signal.SIGTERM)  # what a launcher passes on
        assert stop.received == number
        assert stop.exit_code == code
        now += 2
        for repeated in (signal.SIGTERM, signal.SIGUSR1, signal.SIGCONT):
            signal.raise_signal(repeated)  # as schedulers do
        assert stop.received == number
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    finally:
        stop.teardown(no_trainer, no_trainer, "fit")


def test_a_signal_before_training_ends_to_be_requeued() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as ended, requeued_before_training():
        signal.raise_signal(signal.SIGTERM)
    assert ended.value.code == REQUEUE == 75
    assert signal.getsignal(signal.SIGTERM) == before
