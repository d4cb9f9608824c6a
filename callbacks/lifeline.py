"""A process that dies ends the others of its run within seconds.

Without this the others would wait for it in a collective operation until its time-out, for half an
hour. Each process holds a TCP connection with rank 0 on which nothing is said but goodbye. When a
process dies, in whatever way, the kernel closes its connections: rank 0 learns of it and ends, and
by that all the others do. A machine that vanishes from the network is missed after 40 seconds.
"""

import os
import secrets
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from callbacks.ranks import Ranks

DEAD = 1
"""Exit code of a process that ends because another one has died."""

_GOODBYE = b"."
_MEETING = 120.0
"""Seconds that the processes have to connect."""

_GRACE = 3.0
"""Seconds that a process has to tell an error of its own."""


class Lifeline:
    """The connections of this process, each watched by a thread.

    When one breaks, `broken` is set, and unless the main thread ends by itself, which it cannot
    while it waits for the dead in C++, the process is ended.
    """

    def __init__(self, others: dict[int, socket.socket]) -> None:
        self.broken = threading.Event()
        self._others = others
        self._ended = False
        for number, connection in others.items():
            threading.Thread(target=self._watch, args=(number, connection), daemon=True).start()

    def end(self, *, goodbye: bool) -> None:
        """Close the connections; without a goodbye the others end, too."""
        self._ended = True
        for connection in self._others.values():
            try:
                if goodbye:
                    connection.sendall(_GOODBYE)
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the other has gone already

    def _watch(self, number: int, connection: socket.socket) -> None:
        try:
            word = connection.recv(1)
        except OSError:
            word = b""
        if word == _GOODBYE or self._ended:
            return
        told = self.broken.is_set()
        self.broken.set()
        if not told:
            print(
                f"\nrank {number} has failed or died, and with it the run ends; the same command "
                "continues from the newest whole state",
                file=sys.stderr,
                flush=True,
            )
        time.sleep(_GRACE)
        os._exit(DEAD)


@contextmanager
def lifeline(ranks: Ranks, first_address: str) -> Iterator[None]:
    """Connect the processes of a run while they work together; all of them call it.

    `first_address` is that of the machine of rank 0. Left by an error, it ends the others.
    """
    line = Lifeline(_connect(ranks, first_address))
    try:
        yield
        line.end(goodbye=True)
    except RuntimeError:
        # A collective operation fails where another process has died: that is told already.
        if line.broken.wait(_GRACE / 2):
            raise SystemExit(DEAD) from None
        raise
    finally:
        line.end(goodbye=False)


def _connect(ranks: Ranks, first_address: str) -> dict[int, socket.socket]:
    if not ranks.first:
        port, secret = ranks.from_first(_nothing)
        connection = socket.create_connection((first_address, port), timeout=_MEETING)
        connection.sendall(secret + ranks.number.to_bytes(4, "big"))
        _keep(connection)
        return {0: connection}
    others: dict[int, socket.socket] = {}
    with socket.create_server(("", 0), backlog=ranks.processes) as server:
        server.settimeout(_MEETING)
        secret = secrets.token_bytes(16)
        ranks.from_first(lambda: (int(server.getsockname()[1]), secret))
        while len(others) < ranks.processes - 1:
            connection, _ = server.accept()
            connection.settimeout(_MEETING)
            said = connection.recv(20, socket.MSG_WAITALL)
            if said[:16] == secret:  # a stranger may knock, too
                others[int.from_bytes(said[16:], "big")] = connection
                _keep(connection)
    return others


def _nothing() -> tuple[int, bytes]:
    raise AssertionError("only the first process makes the value")


def _keep(connection: socket.socket) -> None:
    """Wait for ever, and let the kernel ask every few seconds whether the other is there."""
    connection.settimeout(None)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (("TCP_KEEPIDLE", 10), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 6)):
        if hasattr(socket, option):  # not on every system
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
