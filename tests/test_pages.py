"""Commands and code of README.md and docs/ run as they stand there, at the smallest size."""

import re
import shlex
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import torch
import yaml
from torch.distributed.run import get_args_parser as torchrun_parser

from analysis import cli as analysis_cli
from analysis.config import read_configuration
from analysis.errors import UserError, run_command
from analysis.text.demo.corpus import DemoSource
from tests.pages import ROOT, Block, blocks, commands, inline_commands, pages
from tokenizer import cli as tokenizer_cli
from train import cli as train_cli
from train.data.shards import read_shard

MAIN: dict[str, Callable[[Sequence[str]], None]] = {
    "train": train_cli.main,
    "analysis": analysis_cli.main,
    "tokenizer": tokenizer_cli.main,
}

SMALL = (
    "--data.prepare.languages [en,sw] --data.prepare.tokenizer.vocab_size 600"
    " --data.prepare.tokenizer.characters 60000 --data.prepare.workers 1"
    " --data.prepare.heldout_share 0.3 --model.shape.vocab_size 600 --model.shape.d_model 16"
    " --model.shape.ffn_dim 16 --model.shape.num_layers 2 --model.shape.attention_heads 2"
    " --model.optimizer.warmup_steps 1 --trainer.max_steps 2 --analyses.experts.k 20"
    " --analyses.heldout.tokens_per_language 64 --analyses.probing.tokens_per_language 24"
    " --analyses.probing.seeds 1 --data.concepts.positives 6 --data.concepts.minimum 2"
    " --data.concepts.concepts [] --data.concepts.workers 1"
    " --analyses.lape.tokens_per_language 64 --trainer.enable_progress_bar false"
)
DEMO = f"{SMALL} --data.prepare.source.stories 60"
SIZES = {
    "python -m train fit --config configs/demo.yaml": DEMO,
    "python -m train fit --config configs/xglm_mini.yaml": SMALL,
    "python -m train fit --config configs/xglm_mini.yaml --data.prepare.source.files"
    " 'text/{language}.txt.xz' --seed 1": f"{SMALL} --online.enabled false",
    "python -m train fit --help": "",
    "python -m train prepare --config configs/demo.yaml": DEMO,
    "python -m train prepare --config configs/xglm_mini.yaml --data.prepare.source.files": SMALL,
    "python -m train plan --config configs/demo.yaml": DEMO,
    "python -m train plan --config configs/xglm_mini.yaml": SMALL,
    "python -m train plan --config configs/xglm_257m.yaml": "",
    "python -m train status runs/demo": "",
    "python -m analysis run runs/demo": "",
    "python -m analysis run runs/demo/checkpoints": "--config tiny_steering.yaml",
    "python -m analysis verify runs/demo": "",
    "python -m analysis show probing runs/demo": "",
    "python -m analysis show overlap runs/demo": "",
    "python -m analysis show experts runs/demo": "",
    "python -m analysis show steering runs/demo": "",
    "python -m analysis report runs/demo": "",
    "python -m analysis experts export runs/demo": "",
    "python -m analysis concepts build": "--languages en sw --positives 6 --minimum 2 --workers 1",
    "python -m analysis concepts check concepts": "",
    "python -m analysis concepts check data/xglm_mini/concepts": "",
    "python -m analysis concepts sample data/xglm_mini/concepts": "",
    "python -m tokenizer train": "--vocab-size 2500 --characters 60000",
    "python -m tokenizer evaluate": "--documents 3",
}
"""How each command is made small: the words that are added to it, by how it begins."""

GPU, HUB, SLURM = "needs a GPU", "needs the Hub", "needs SLURM"
PARSED = {
    "python -m train fit --config configs/xglm_257m.yaml": GPU,
    "python -m train status runs/xglm_257m": "reads a run that needs a GPU",
    "python -m train prepare --config configs/xglm_257m.yaml": HUB,
    "python -m train prepare --config configs/xglm_mini.yaml --data.folder data/public": HUB,
    "torchrun --nproc-per-node 8 -m train fit": GPU,
    "torchrun --nproc-per-node 8 -m analysis run": HUB,
    "srun python -m train fit": SLURM,
    "srun python -m analysis run": SLURM,
    "python -m analysis run bigscience/": HUB,
    "python -m analysis run facebook/": HUB,
    "python -m analysis show overlap results/bloom-560m": "reads results that need the Hub",
    "python -m analysis report results/bloom-560m": "reads results that need the Hub",
}
"""Commands that are only read, by the parsers that they would meet, and why."""

ELSEWHERE = {
    "python -m pytest tests/analysis/test_variance.py",
    "python -m analysis run runs/demo --analyses variance",
}
"""Commands of `docs/adding_an_analysis.md`; `test_adding_an_analysis.py` runs them."""

STEERING = {
    "analyses": {
        "steering": {
            "source_languages": ["en"], "concepts": 1, "seeds": 2, "k": 4, "other_k": [2],
            "max_new_tokens": 6, "draws": 5, "batch_texts": 4,
        }
    }
}  # fmt: skip


@pytest.fixture
def somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the configurations, and text of one's own."""
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    (tmp_path / "text").mkdir()
    source = DemoSource(60)
    for language in ("en", "sw"):
        text = "\n\n".join(source.documents(language))
        (tmp_path / f"text/{language}.txt").write_text(text, encoding="utf-8")
    (tmp_path / "tiny_steering.yaml").write_text(yaml.safe_dump(STEERING))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def beginning(command: str) -> str:
    """The entry of `SIZES` or `PARSED` that a command is under: the longest one it begins with."""
    found = [start for start in (*SIZES, *PARSED) if command.startswith(start)]
    assert found, f"say in SIZES how to make it small, or in PARSED why not: {command}"
    return max(found, key=len)


def run(command: str, added: str) -> None:
    package, *words = shlex.split(f"{command} {added}")[2:]
    words = [word.replace(".txt.xz", ".txt").replace("00000512", "00000002") for word in words]
    try:
        code = run_command(MAIN[package], words)
    except SystemExit as exit_:  # how argparse ends --help
        code = int(exit_.code or 0)
    assert code == 0, command


def parse(command: str) -> None:
    """Read a command by the parsers that it would meet; they exit or raise where it is wrong."""
    words = shlex.split(command)
    if words[0] == "torchrun":
        launched = torchrun_parser().parse_args(words[1:])
        assert launched.module
        words = ["python", "-m", launched.training_script, *launched.training_script_args]
    package, command, *rest = words[words.index("-m") + 1 :]
    if package == "analysis":
        arguments = analysis_cli._parser().parse_args([command, *rest])
        if config := getattr(arguments, "config", None):
            read_configuration(config)
    elif command == "status":
        assert len(rest) == 1
    else:
        if command == "prepare":
            _, rest = read_shard(rest)
        with torch.device("meta"):
            train_cli.TrainingCLI("plan", rest)


def use(block: Block, done: set[str]) -> None:
    """Write, execute or run what a block holds; commands that were run before are not run again."""
    if block.kind == "yaml":
        name = block.content.splitlines()[0].removeprefix("# ")
        Path(name).write_text(block.content, encoding="utf-8")
        read_configuration(Path(name))
    elif block.kind == "python" and block.file is None:
        exec(block.content.replace("00000512", "00000002"), {})
    elif block.kind in ("", "bash"):
        if block.content.startswith("#!/bin/bash"):
            subprocess.run(["bash", "-n"], input=block.content, text=True, check=True)
        for command in commands(block.content):
            try_out(command, done)


def try_out(command: str, done: set[str]) -> None:
    if command in done | ELSEWHERE:
        return
    done.add(command)
    start = beginning(command)
    if start in PARSED:
        parse(command)
    else:
        run(command, SIZES[start])


@pytest.mark.timeout(1800)  # some fifty commands, one after the other
@pytest.mark.usefixtures("somewhere")
def test_every_command_and_every_block_runs_in_the_order_of_the_pages() -> None:
    done: set[str] = set()
    for page in pages():
        for block in blocks(page):
            use(block, done)
        for command in inline_commands(page):
            try_out(command, done)
    begun = {beginning(command) for command in done}
    assert set(SIZES) | set(PARSED) == begun, "no page has these any more"


def test_every_target_of_make_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    told = {
        target
        for page in pages()
        for target in re.findall(r"^make (\w+)|`make (\w+)`", page.read_text(), re.MULTILINE)
    }
    assert ("demo", "") in told
    for target in told:
        assert f"\n{''.join(target)}:" in makefile


@pytest.mark.usefixtures("somewhere")
def test_what_is_only_read_would_be_refused_were_it_wrong() -> None:
    for wrong in (
        "python -m train fit --config configs/xglm_257m.yaml --trainer.device 8",
        "torchrun --nproc-per-nodes 8 -m train fit --config configs/xglm_257m.yaml",
        "srun python -m analysis run x/y --revisionz all",
    ):
        with pytest.raises((SystemExit, UserError)):
            parse(wrong)
