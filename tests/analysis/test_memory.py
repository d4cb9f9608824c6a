import pytest
import torch

from analysis.errors import UserError
from analysis.memory import no_memory_is_a_user_error


@pytest.mark.parametrize(
    ("error", "value", "fix"),
    [
        (torch.OutOfMemoryError("CUDA out of memory"), 64, "32 instead of 64 halves what"),
        (torch.OutOfMemoryError("CUDA out of memory"), 1, "use a device with more memory"),
        (torch.OutOfMemoryError("CUDA out of memory"), None, "use a device with more memory"),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED"), 9, "4 instead of 9 halves what"),
    ],
)
def test_the_setting_that_needs_less_is_named(
    error: Exception, value: int | None, fix: str
) -> None:
    with (
        pytest.raises(UserError, match=rf"^a.b: .* while it was tried; {fix}") as caught,
        no_memory_is_a_user_error("it was tried", where="a.b", value=value),
    ):
        raise error
    assert caught.value.__cause__ is error


def test_torch_on_a_cpu_says_it_in_its_own_way() -> None:
    with (
        pytest.raises(UserError, match="ran out of memory"),
        no_memory_is_a_user_error("", where=""),
    ):
        torch.empty(1 << 60, dtype=torch.uint8)


@pytest.mark.parametrize("error", [RuntimeError("shapes do not fit"), ValueError("x")])
def test_other_errors_stay_what_they_are(error: Exception) -> None:
    with pytest.raises(type(error)) as caught, no_memory_is_a_user_error("", where=""):
        raise error
    assert caught.value is error
