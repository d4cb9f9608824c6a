"""Errors that are the user's to mend: one line that says what, where and what to do."""

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn


class UserError(Exception):
    """A mistake of the user's, told in one line and ended with exit code 2, without a traceback."""

    def __init__(self, what: str, *, where: object = None, fix: str | None = None) -> None:
        self.what = what
        self.where = None if where is None else str(where)
        self.fix = fix
        place = f"{self.where}: " if self.where else ""
        advice = f"; {fix}" if fix else ""
        super().__init__(" ".join(f"{place}{what}{advice}".split()))


class ArgumentParser(argparse.ArgumentParser):
    """`argparse`'s parser, except that a mistake on the command line is a `UserError`."""

    def error(self, message: str) -> NoReturn:
        """Raise `UserError` with what `argparse` says."""
        raise UserError(message, where=self.prog, fix=f"see {self.prog} --help")


def exit_code(error: BaseException) -> int:
    """What a process ends with for an error: 2 for a `UserError`, 130 for Ctrl-C, 1 for others."""
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    if isinstance(error, KeyboardInterrupt):
        return 130
    return 2 if isinstance(error, UserError) else 1


def run_command(main: Callable[[Sequence[str]], None], argv: Sequence[str]) -> int:
    """Run a command line and return its exit code: 0, 2 for a `UserError`, 130 for Ctrl-C.

    `--debug` anywhere in `argv` is taken out and lets errors show their traceback.
    """
    debug = "--debug" in argv
    try:
        main([word for word in argv if word != "--debug"])
    except (UserError, KeyboardInterrupt) as error:
        if debug:
            raise
        told = f"error: {error}" if isinstance(error, UserError) else "stopped"
        print(told, file=sys.stderr)
        return exit_code(error)
    return 0
