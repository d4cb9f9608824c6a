"""What a training step asks of the device: nothing that the host would have to wait for.

On a CPU nothing is waited for, so the tests count what would wait elsewhere: values of tensors that
Python or PyTorch itself reads on the host.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from lightning.pytorch.loops.training_epoch_loop import _TrainingEpochLoop
from torch.nn import functional
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from tests.train.conftest import QUIET, Fit

READS = {
    *("_local_scalar_dense", "is_nonzero", "equal", "nonzero", "masked_select"),
    *("_unique2", "unique_dim"),
}
"""Operations whose result, or its shape, the host must know."""

INDEXED = {"index", "index_put", "index_put_", "_unsafe_index"}
"""Operations that do so when they are given a mask."""

TRANSFERS = {
    *("item", "tolist", "cpu", "numpy", "__array__", "__bool__", "__float__", "__int__"),
    *("__index__", "__contains__", "tensor", "as_tensor", "synchronize"),
}
"""Functions that copy from the device, or wait for it, though on a CPU they dispatch nothing."""

WAITING = {1, 2, 4, 5, 6, 8, 10, 12}
"""Steps that are logged (the first, each sixth, the last) or written (powers of two and fives)."""


class _Operations(TorchDispatchMode):
    def __init__(self, seen: list[str]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.seen = seen

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func.overloadpacket.__name__
        indices = args[1] if name in INDEXED else ()
        if name in READS or any(i is not None and i.dtype == torch.bool for i in indices):
            self.seen.append(name)
        return func(*args, **(kwargs or {}))


class _Functions(TorchFunctionMode):
    def __init__(self, seen: list[str]) -> None:
        super().__init__()
        self.seen = seen

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if getattr(func, "__name__", "") in TRANSFERS:
            self.seen.append(func.__name__)
        return func(*args, **(kwargs or {}))


@contextmanager
def watched(seen: list[str]) -> Iterator[None]:
    """Add to `seen` what the host reads meanwhile."""
    with _Operations(seen), _Functions(seen):
        yield


@pytest.mark.parametrize(
    "read",
    [
        lambda t: t.item(),
        float,
        lambda t: bool(t > 0),
        lambda t: t.tolist(),
        lambda t: t.cpu(),
        lambda t: t.numpy(),
        lambda t: t.reshape(1)[t.reshape(1) > 0],
        lambda t: torch.nn.utils.clip_grad_norm_([t], 1.0, error_if_nonfinite=True),
    ],
)  # fmt: skip
def test_a_read_would_be_seen(read: Callable[[torch.Tensor], object]) -> None:
    tensor = torch.ones(())
    tensor.grad = torch.ones(())
    seen: list[str] = []
    with watched(seen):
        read(tensor)
    assert seen


def test_only_a_step_that_is_logged_or_written_waits_for_the_device(
    fit: Fit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole loop, with accumulation, dropout and progress bar; the reading of data is not."""
    waits: dict[int, list[str]] = defaultdict(list)
    loop, mark = _TrainingEpochLoop, 0
    seen: list[str] = []
    advance, end, before, after = (
        getattr(loop, name)
        for name in ("advance", "on_advance_end", "_on_before_fetch", "_on_after_fetch")
    )
    dense = functional.embedding

    def a_batch(self: _TrainingEpochLoop, fetcher: Any) -> None:
        step = self.global_step + 1
        with watched(seen):
            advance(self, fetcher)
            end(self, fetcher)
        waits[step] += seen
        seen.clear()

    def fetch(self: _TrainingEpochLoop) -> None:
        nonlocal mark
        before(self)
        mark = len(seen)

    def fetched(self: _TrainingEpochLoop) -> None:
        after(self)
        del seen[mark:]

    monkeypatch.setattr(loop, "advance", a_batch)
    monkeypatch.setattr(loop, "on_advance_end", lambda *_: None)
    monkeypatch.setattr(loop, "_on_before_fetch", fetch)
    monkeypatch.setattr(loop, "_on_after_fetch", fetched)
    # Its gradient as on a GPU: that of sparse rows, a shortcut on a CPU, picks them with a mask.
    monkeypatch.setattr(functional, "embedding", lambda *given, **_: dense(*given[:3]))
    words = ("--trainer.enable_progress_bar", "true", "--run.log_every", "6")
    assert fit(*QUIET, *words) == 0
    assert {step: found for step, found in waits.items() if step not in WAITING} == {
        3: [], 7: [], 9: [], 11: [],
    }  # fmt: skip
    assert all(waits[step] for step in WAITING)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_is_waited_for_only_then(fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    """CUDA's own watch: an operation that waits in any other step is an error."""
    advance = _TrainingEpochLoop.advance

    def a_batch(self: _TrainingEpochLoop, fetcher: Any) -> None:
        watch = self.global_step + 1 not in WAITING
        torch.cuda.set_sync_debug_mode("error" if watch else "default")
        try:
            advance(self, fetcher)
        finally:
            torch.cuda.set_sync_debug_mode("default")

    monkeypatch.setattr(_TrainingEpochLoop, "advance", a_batch)
    words = ("--trainer.accelerator", "gpu", "--run.log_every", "6")
    assert fit(*QUIET, *words) == 0
