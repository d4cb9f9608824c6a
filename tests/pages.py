"""What README.md and the pages of docs/ hold: fenced blocks, and the commands in them."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]

_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"`([\w/]+\.\w+)`:\n\n\Z")
_COMMAND = re.compile(r"((srun )?python -m|torchrun .*-m) (train|analysis|tokenizer|pytest)\b")
_LEAST_WORDS = 5
"""Words of a command in a line of text; shorter ones only name a command."""


@dataclass(frozen=True)
class Block:
    """A fenced block: its kind, and the file that the line above it says it belongs to."""

    kind: str
    content: str
    file: str | None


def pages() -> list[Path]:
    """README.md, and those of docs/ in the order of its tables of contents."""
    index = ROOT / "docs/index.md"
    contents = re.findall(r"^```\{toctree\}\n(.*?)^```$", index.read_text(), re.M | re.S)
    names = [name for part in contents for name in re.findall(r"^(\w+)$", part, re.M)]
    return [ROOT / "README.md", index, *(ROOT / f"docs/{name}.md" for name in names)]


def blocks(page: Path, *kinds: str) -> list[Block]:
    """The page's fenced blocks, or those of some kinds."""
    text = page.read_text(encoding="utf-8")
    found = []
    for match in _FENCED.finditer(text):
        named = _FILE.search(text[: match.start()])
        found.append(Block(match[1], match[2], named[1] if named else None))
    return [block for block in found if not kinds or block.kind in kinds]


def commands(text: str) -> list[str]:
    """The commands of a block, one a line."""
    lines = text.replace("\\\n", " ").splitlines()
    told = [" ".join(line.split("  #")[0].split()) for line in lines]
    return [line for line in told if _COMMAND.match(line)]


def inline_commands(page: Path) -> list[str]:
    """Whole commands that stand in a line of text."""
    text = _FENCED.sub("", page.read_text(encoding="utf-8"))
    told = [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", text)]
    return [code for code in told if _COMMAND.match(code) and len(code.split()) >= _LEAST_WORDS]
