"""The processes of a run find each other among strangers."""

import socket
import struct
from queue import Queue
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest

from callbacks import lifeline


def test_strangers_that_knock_do_not_keep_the_processes_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One says nothing, one says something else, one hangs up rudely."""
    monkeypatch.setattr(lifeline, "_WORD", 0.05)
    told: Queue[Any] = Queue()
    met: list[Any] = []
    first: Any = SimpleNamespace(processes=2, from_first=lambda make: told.put(make()))
    meeting = Thread(target=lambda: met.append(lifeline._meet(first)))
    meeting.start()
    port, secret = told.get(timeout=10)
    silent, other, rude = (socket.create_connection(("127.0.0.1", port)) for _ in range(3))
    other.sendall(bytes(20))
    rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    rude.close()  # by a reset
    second: Any = SimpleNamespace(number=1, from_first=lambda _: (port, secret))
    with lifeline._reach(second, "127.0.0.1") as mine:
        meeting.join(timeout=10)
        (others,) = met
        assert list(others) == [1]
        others[1].sendall(b"\2")
        assert mine.recv(1) == b"\2"
        others[1].close()
    silent.close()
    other.close()
