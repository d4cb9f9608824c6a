from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import ArgumentParser, UserError, run_command


@given(st.text(), st.none() | st.text(), st.none() | st.text())
def test_an_error_is_one_line_whatever_it_is_about(
    what: str, where: str | None, fix: str | None
) -> None:
    line = str(UserError(what, where=where, fix=fix))
    assert len(line.splitlines()) <= 1
    for piece in (what, where, fix):
        assert " ".join((piece or "").split()) in line


def test_an_error_says_where_what_and_what_to_do() -> None:
    error = UserError("no such\nfile", where=Path("a/b.yaml"), fix="name another")
    assert str(error) == "a/b.yaml: no such file; name another"
    assert (error.what, error.where, error.fix) == ("no such\nfile", "a/b.yaml", "name another")
    assert str(UserError("too short")) == "too short"


def raising(error: BaseException) -> tuple[list[list[str]], Callable[[Sequence[str]], None]]:
    seen: list[list[str]] = []

    def main(argv: Sequence[str]) -> None:
        seen.append(list(argv))
        raise error

    return seen, main


def test_success_is_exit_code_0() -> None:
    seen: list[Sequence[str]] = []
    assert run_command(seen.append, ["fit", "--debug", "x"]) == 0
    assert seen == [["fit", "x"]]


def test_a_user_error_is_one_line_on_stderr_and_exit_code_2(
    capsys: pytest.CaptureFixture[str],
) -> None:
    seen, main = raising(UserError("bad\nvalue", where="key", fix="correct it"))
    assert run_command(main, ["fit"]) == 2
    assert seen == [["fit"]]
    output = capsys.readouterr()
    assert output.err == "error: key: bad value; correct it\n"
    assert output.out == ""


def test_control_c_is_exit_code_130(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(raising(KeyboardInterrupt())[1], []) == 130
    assert capsys.readouterr().err == "stopped\n"


@pytest.mark.parametrize("error", [UserError("bad"), KeyboardInterrupt()])
def test_debug_shows_the_traceback(error: BaseException) -> None:
    seen, main = raising(error)
    with pytest.raises(type(error)):
        run_command(main, ["--debug", "fit"])
    assert seen == [["fit"]]


def test_our_own_mistakes_are_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        run_command(raising(ZeroDivisionError())[1], [])


def test_a_mistake_on_the_command_line_is_a_user_error() -> None:
    parser = ArgumentParser(prog="python -m x")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("go").add_argument("--count", type=int)
    for words, message in (
        ([], "python -m x: the following arguments are required: COMMAND"),
        (["go", "--count", "a"], "python -m x go: argument --count: invalid int value"),
    ):
        with pytest.raises(UserError) as caught:
            parser.parse_args(words)
        assert str(caught.value).startswith(message)
        assert str(caught.value).endswith("--help")
