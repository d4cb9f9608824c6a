"""What the README shows of folders and files is what there is."""

import re

from tests.pages import ROOT, blocks

README = ROOT / "README.md"


def test_the_files_it_shows_are_the_files_a_run_leaves() -> None:
    tree = next(block.content for block in blocks(README, "") if block.content.startswith("runs/"))
    shown = {line.split()[0].rstrip("/") for line in tree.splitlines()[1:] if line.startswith("  ")}
    assert shown == {
        "config.yaml", "checkpoints/step-00000512", "resume",
        "results/probing/step-00000512.parquet", "metrics.jsonl", "wandb",
    }  # fmt: skip


def test_the_folders_it_lists_are_there() -> None:
    text = README.read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+)/` \|", text, re.MULTILINE)
    assert listed == ["tokenizer", "train", "callbacks", "analysis", "configs", "tests"]
    assert all((ROOT / name).is_dir() for name in listed)
