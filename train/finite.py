"""Refusing an update that is not finite, without a wait for the device at each step.

1. A loss that is not finite makes its whole gradient NaN (`spread`), so that one batch of an
   accumulation, or one process, spoils the gradient of all, and all judge it alike.
2. The gradient's norm is judged on the device (`Updates.judge`). From the first one that is not
   finite on, `Updates.refused` is 1, which a fused optimiser takes for its `found_inf`: weights,
   moments and counts stay as they are.
3. The host looks (`Updates.check`) where it waits for the device anyway: before anything is logged
   or written. Steps that it has run ahead by then have changed nothing.
"""

import torch
from torch import Tensor, nn

from analysis.errors import UserError


def spread(loss: Tensor) -> Tensor:
    """The loss to the last bit if it is finite, otherwise one whose whole gradient is NaN."""
    return loss * torch.where(loss.detach().isfinite(), 1.0, torch.nan)


class Updates(nn.Module):
    """Whether the updates of a run have all been made so far.

    `refused` is 0, or from the first refused update on 1 (fp32 scalar on the module's device).
    """

    refused: Tensor
    _first: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("refused", torch.zeros(()), persistent=False)
        self.register_buffer("_first", torch.zeros(3), persistent=False)

    def judge(self, step: int, loss: Tensor, norm: Tensor) -> None:
        """Refuse update `step` (from 1), and all later ones, if the gradient's norm is not finite.

        `loss` is told with it.
        """
        # In fp32 whatever the weights are. Filled on the device: nothing is sent.
        number = torch.full_like(norm, step, dtype=torch.float32)
        this = torch.stack([number, loss.float(), norm.float()])
        self._first = torch.where(self.refused > 0, self._first, this)
        self.refused = torch.where(norm.isfinite(), self.refused.float(), 1.0)

    def check(self) -> None:
        """Wait for the device; raises `UserError` naming the update that was refused, if any."""
        if not self.refused:
            return
        step, loss, norm = self._first.tolist()
        raise UserError(
            f"loss {loss:g}, gradient norm {norm:g}: not finite, the update was not made",
            where=f"step {step:.0f}",
            fix="lower model.optimizer.lr or lengthen its warm-up; the last state is whole",
        )
