"""A device's memory that does not suffice, told in one line with the setting that needs less."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from analysis.errors import UserError

_SIGNS = ("you tried to allocate", "ALLOC_FAILED")
"""What torch's CPU allocator and CUDA's libraries say, for which torch has no type of error."""


@contextmanager
def no_memory_is_a_user_error(
    doing: str, *, where: object, value: int | None = None, fix: str | None = None
) -> Iterator[None]:
    """Turn an error about memory while `doing` into a `UserError`.

    `where` is the setting that decides how much is needed at a time and `value` what it is set to;
    without a value, `where` is merely a place. `fix` is the advice where halving is not all.
    """
    try:
        yield
    except RuntimeError as error:  # `torch.OutOfMemoryError` is one
        if not isinstance(error, torch.OutOfMemoryError) and not any(
            sign in str(error) for sign in _SIGNS
        ):
            raise
        advice = "use a device with more memory"
        if value is not None and value > 1:
            advice = f"{value // 2} instead of {value} halves what is needed at a time"
        raise UserError(
            f"the device ran out of memory while {doing}", where=where, fix=fix or advice
        ) from error
