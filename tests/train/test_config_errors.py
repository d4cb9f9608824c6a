from pathlib import Path
from typing import Any, NoReturn

import pytest

from analysis.errors import UserError, run_command
from train.cli import TrainingCLI, main

SMALL = (
    "--data.folder=x",
    "--model.shape.num_layers=1",
    "--model.shape.vocab_size=8",
    "--trainer.max_steps=1",
)
"""All that must be said; the model is built before the data is looked at."""


class ParsedError(Exception):
    """The configuration was accepted."""


@pytest.fixture(autouse=True)
def _no_training(monkeypatch: pytest.MonkeyPatch) -> None:
    def parsed(*_: object, **__: Any) -> NoReturn:
        raise ParsedError

    monkeypatch.setattr(TrainingCLI, "instantiate_trainer", parsed)


def refusal(*argv: str) -> UserError:
    """The error of a configuration that lacks nothing but what `argv` adds."""
    with pytest.raises(UserError) as caught:
        TrainingCLI("fit", [*SMALL, *argv])
    assert len(str(caught.value).splitlines()) == 1
    return caught.value


def written(tmp_path: Path, text: str) -> str:
    path = tmp_path / "run.yaml"
    path.write_text(text, encoding="utf-8")
    return f"--config={path}"


@pytest.mark.parametrize("name", ["demo", "xglm_mini", "xglm_257m"])
def test_the_configurations_that_come_along_are_accepted(name: str) -> None:
    path = Path(__file__).parents[2] / "configs" / f"{name}.yaml"
    with pytest.raises(ParsedError):
        TrainingCLI("fit", [f"--config={path}", *SMALL])


UNKNOWN = [
    ("model.shape.d_modle", "d_model", "vocab_size"),
    ("model.optimizer.warm_up_steps", "warmup_steps", "final_share"),
    ("trainer.max_stps", "max_steps", "precision"),
    ("data.mixture.temprature", "temperature", "weights"),
    ("data.prepare.source.storys", "stories", "hub_dataset"),
    ("checkpoints.evry", "every", "powers_of_two"),
    ("online.schedule.evry", "every", "powers_of_two"),
    ("wandb.projct", "project", "entity"),
    ("analyses.probing.seds", "seeds", "l2"),
    ("analyses.exprts.k", "experts", "probing"),
    ("modle.shape.d_model", "model", "checkpoints"),
    ("model.shap.d_model", "shape", "optimizer"),
]


@pytest.mark.parametrize(("key", "nearest", "other"), UNKNOWN)
@pytest.mark.parametrize("place", ["command line", "file"])
def test_an_unknown_key_is_told_its_nearest_and_the_others(
    tmp_path: Path, place: str, key: str, nearest: str, other: str
) -> None:
    if place == "command line":
        error = refusal(f"--{key}=3")
    else:
        *blocks, last = key.split(".")
        lines = [f"{'  ' * depth}{name}:" for depth, name in enumerate(blocks)]
        error = refusal(written(tmp_path, "\n".join(lines) + f"\n{'  ' * len(blocks)}{last}: 3\n"))
    assert f"unknown key '{key}'" in error.what
    assert error.fix is not None
    assert error.fix.startswith(f"did you mean '{nearest}'? known: ")
    known = error.fix.partition("known: ")[2].split()
    assert {nearest, other} <= set(known)
    assert "init_args" not in error.fix


def test_a_key_like_no_other_gets_no_guess() -> None:
    error = refusal("--model.shape.qqqqqq=3")
    assert error.fix is not None
    assert error.fix.startswith("known: vocab_size")


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("model.shape.d_model", "wide", "int"),
        ("model.optimizer.decay", "steep", "cosine"),
        ("data.prepare.source.stories", "many", "int"),
        ("wandb.mode", "sometimes", "offline"),
        ("seed", "a", "int"),
        ("analyses.probing.l2", "much", "float"),
        ("online.enabled", "maybe", "bool"),
    ],
)
@pytest.mark.parametrize("place", ["command line", "file"])
def test_an_ill_typed_value_is_named_by_its_key(
    tmp_path: Path, place: str, key: str, value: str, said: str
) -> None:
    if place == "command line":
        error = refusal(f"--{key}={value}")
    else:
        *blocks, last = key.split(".")
        lines = [f"{'  ' * depth}{name}:" for depth, name in enumerate(blocks)]
        lines.append(f"{'  ' * len(blocks)}{last}: {value}")
        error = refusal(written(tmp_path, "\n".join(lines) + "\n"))
    assert error.where == key
    assert said in error.what
    assert value in error.what
    assert "class_path" not in error.what


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--model.optimizer.lr=-1", "model.optimizer: lr is -1.0; it must be > 0"),
        ("--run.log_every=0", "run: log_every is 0; use 1 or more"),
        ("--checkpoints.every=-1", "every is -1; use 0 for none"),
        ("--analyses.experts.k=0", "experts.k: must be at least 1"),
        ("--analyses.heldout.context=0", "context is 0"),
    ],
)
def test_a_value_that_its_block_refuses_is_named(argument: str, message: str) -> None:
    assert message in str(refusal(argument))


def test_an_analysis_can_be_left_out() -> None:
    with pytest.raises(ParsedError):
        TrainingCLI("fit", [*SMALL, "--analyses.probing=null"])


def test_what_is_no_configuration_is_told(tmp_path: Path) -> None:
    assert "config" in str(refusal(written(tmp_path, "- 1\n- 2\n")))
    assert "line 3" in str(refusal(written(tmp_path, "model:\n  shape: [\n")))
    assert "nowhere.yaml" in str(refusal("--config=nowhere.yaml"))
    with pytest.raises(UserError, match=r"data\.folder"):
        TrainingCLI("fit", [])


def test_the_command_ends_with_one_line_and_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(main, ["fit", "--model.shape.d_modle=3"]) == 2
    output = capsys.readouterr().err
    assert output.count("\n") == 1
    assert output.startswith("error: configuration: unknown key 'model.shape.d_modle'")
    assert run_command(main, ["fi"]) == 2
    assert "use fit, prepare, plan or status" in capsys.readouterr().err
    assert run_command(main, []) == 0
