"""Telling that the network failed, whichever client was reached for it."""

import os

from huggingface_hub.errors import LocalEntryNotFoundError

_CLIENTS = {"httpx", "httpx2", "httpcore", "requests", "urllib3", "aiohttp"}
"""Packages that `datasets` and `huggingface_hub`, by version, reach the network with."""


def of_the_network(error: Exception) -> bool:
    """Whether an error says that the network failed. The clients' errors share no base class."""
    packages = {kind.__module__.partition(".")[0] for kind in type(error).__mro__}
    kinds = (ConnectionError, TimeoutError, LocalEntryNotFoundError)
    return isinstance(error, kinds) or not _CLIENTS.isdisjoint(packages)


def network_fix(otherwise: str) -> str:
    """What to do about it: `otherwise`, unless the network is switched off for the Hub."""
    if os.environ.get("HF_HUB_OFFLINE", "0").upper() in ("1", "TRUE", "ON", "YES"):
        return "the variable HF_HUB_OFFLINE is set: unset it"
    return otherwise
