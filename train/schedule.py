"""The learning rate as a function of the step."""

import math

from train.settings import OptimizerSettings


def learning_rate_share(step: int, last: int, settings: OptimizerSettings) -> float:
    """Share of the highest learning rate that update number `step` (from 0) is made with.

    Rises linearly over the warm-up, so that the first update is not at zero, then falls to
    `final_share` at the last of `last` updates.
    """
    if step < settings.warmup_steps:
        return (step + 1) / (settings.warmup_steps + 1)
    if settings.decay == "constant":
        return 1.0
    length = max(1, last - 1 - settings.warmup_steps)
    progress = min(1.0, (step - settings.warmup_steps) / length)
    if settings.decay == "cosine":
        progress = (1 - math.cos(math.pi * progress)) / 2
    return 1.0 - (1.0 - settings.final_share) * progress
