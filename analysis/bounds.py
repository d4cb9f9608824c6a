"""Settings out of their range, told by analysis and field."""

from collections.abc import Mapping

from analysis.errors import UserError


def out_of_range(analysis: str, field: str, value: object, wanted: str) -> UserError:
    """What to raise for a setting whose value is not `wanted`."""
    return UserError(f"{field} is {value}", where=analysis, fix=f"it must be {wanted}")


def check_least(analysis: str, settings: object, least: Mapping[str, int]) -> None:
    """Raise `UserError` naming the first field that is below its least value."""
    for field, minimum in least.items():
        value = getattr(settings, field)
        if value < minimum:
            raise out_of_range(analysis, field, value, f"at least {minimum}")


def check_shares(analysis: str, settings: object, *fields: str) -> None:
    """Raise `UserError` naming the first field that is not a share between 0 and 1."""
    for field in fields:
        value = getattr(settings, field)
        if not 0 < value < 1:
            raise out_of_range(analysis, field, value, "more than 0 and less than 1")
