"""A process that dies ends the others of its run within seconds.

Without this the others would wait for it in a collective operation until its time-out, for half an
hour. Each process holds a TCP connection with rank 0 on which nothing is said but, at its end, the
code that the process ends with. When one dies, in whatever way, the kernel closes its connections
without a word. Rank 0 hears either, passes the code on and ends with it, and so do all the others.
A machine that vanishes from the network is missed after 40 seconds.

What went wrong is told once: by the process that it went wrong in, by rank 0 where it did in all,
and by rank 0 for one that died.
"""

import os
import secrets
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from analysis.errors import UserError, exit_code
from callbacks.ranks import Ranks

DEAD = 1
"""Exit code of the processes of a run of which one has died."""

_MEETING = 120.0
"""Seconds that the processes have to connect."""

_WORD = 5.0
"""Seconds that one that has connected has to say who it is."""

_GRACE = 3.0
"""Seconds that a process has to tell an error of its own."""


class Lifeline:
    """The connections of this process, each watched by a thread.

    When another process ends by an error or dies, `broken` is set and `code` is what this one is to
    end with. Unless the main thread does so by itself, which it cannot while it waits for the dead
    in C++, the process is ended.
    """

    def __init__(self, others: dict[int, socket.socket]) -> None:
        self.broken = threading.Event()
        self.code = DEAD
        self._others = others
        self._ended = False
        self._first_to_hear = threading.Lock()
        for number, connection in others.items():
            threading.Thread(target=self._watch, args=(number, connection), daemon=True).start()

    def end(self, code: int) -> None:
        """Say what this process ends with; by any code but 0 the others end with it, too."""
        self._ended = True
        self._say(code)
        for connection in self._others.values():
            with suppress(OSError):  # the other has gone already
                connection.shutdown(socket.SHUT_RDWR)

    def _say(self, code: int) -> None:
        for connection in self._others.values():
            with suppress(OSError):
                connection.sendall(bytes([code]))

    def _watch(self, number: int, connection: socket.socket) -> None:
        try:
            word = connection.recv(1)
        except OSError:
            word = b""
        if word == b"\0" or self._ended or not self._first_to_hear.acquire(blocking=False):
            return
        if word:  # and it has told why, or has been told by another
            self.code = word[0]
        else:
            print(
                f"\nrank {number} has died, and with it the run ends; the same command continues "
                "from the newest whole state",
                file=sys.stderr,
                flush=True,
            )
        self._say(self.code)
        self.broken.set()
        time.sleep(_GRACE)
        os._exit(self.code)


@contextmanager
def lifeline(ranks: Ranks, first_address: str) -> Iterator[None]:
    """Connect the processes of a run while they work together; all of them call it.

    `first_address` is that of the machine of rank 0. Left by an error, it ends the others with the
    code of that error.
    """
    line = Lifeline(_connect(ranks, first_address))
    code = 0
    try:
        yield
    except BaseException as error:
        code = exit_code(error)
        if isinstance(error, KeyboardInterrupt) and not ranks.first:
            raise SystemExit(code) from None  # of a Ctrl-C, too, rank 0 speaks
        # Where another has failed or died, that is told already: a collective operation fails for
        # it alone, and a mistake that all find rank 0 tells.
        echo = isinstance(error, RuntimeError) or not ranks.first
        if echo and isinstance(error, Exception) and line.broken.wait(_GRACE / 2):
            code = line.code
            raise SystemExit(code) from None
        raise
    finally:
        line.end(code)


def _connect(ranks: Ranks, first_address: str) -> dict[int, socket.socket]:
    """Connections to rank 0, or of rank 0 to the others; `UserError` when there are none."""
    try:
        return _meet(ranks) if ranks.first else {0: _reach(ranks, first_address)}
    except OSError as error:
        raise UserError(
            f"the processes of the run do not reach rank 0 ({error})",
            where=first_address,
            fix="let its machines open connections to each other",
        ) from error


def _reach(ranks: Ranks, first_address: str) -> socket.socket:
    port, secret = ranks.from_first(_nothing)
    connection = socket.create_connection((first_address, port), timeout=_MEETING)
    connection.sendall(secret + ranks.number.to_bytes(4, "big"))
    _keep(connection)
    return connection


def _meet(ranks: Ranks) -> dict[int, socket.socket]:
    others: dict[int, socket.socket] = {}
    with socket.create_server(("", 0), backlog=ranks.processes) as server:
        server.settimeout(_MEETING)
        secret = secrets.token_bytes(16)
        ranks.from_first(lambda: (int(server.getsockname()[1]), secret))
        while len(others) < ranks.processes - 1:
            connection, _ = server.accept()
            connection.settimeout(_WORD)
            said = b""
            with suppress(OSError):  # a stranger may knock, too
                said = connection.recv(20, socket.MSG_WAITALL)
            if said[:16] == secret:
                others[int.from_bytes(said[16:], "big")] = connection
                _keep(connection)
            else:
                connection.close()
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
