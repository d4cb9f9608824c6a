from pathlib import Path

import pytest

from analysis.errors import UserError
from analysis.languages import LANGUAGES
from analysis.text.demo import world
from analysis.text.demo.lexicon import FOLDER, read_lexicon

WORLD = [*world.NOUNS, *world.VERBS, *world.QUALITIES, *world.TIMES]


def write(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "xx.lex"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_the_world_names_nothing_twice() -> None:
    assert len(set(WORLD)) == len(WORLD)
    assert set(world.GLOSSES) <= set(WORLD)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_lexicon_covers_the_world_exactly(language: str) -> None:
    words = read_lexicon(language)
    assert set(words.kinds) == set(WORLD)
    assert words.language == language
    assert any(words.forms.values())


def test_there_is_one_lexicon_for_each_language() -> None:
    assert {path.stem for path in FOLDER.glob("*.lex")} == set(LANGUAGES)


def test_blocks_name_their_columns(tmp_path: Path) -> None:
    path = write(
        tmp_path, "# a comment", "@ noun | one | many", "dog | Hund | Hunde", "milk|Milch|-", "",
        "@ verb | base", "run | laufen",
    )  # fmt: skip
    words = read_lexicon("xx", path)
    assert words["dog", "many"] == "Hunde"
    assert words["milk", "one"] == "Milch"
    assert words["milk", "many"] == ""
    assert words["run", "base"] == "laufen"
    assert [words.kind(name) for name in ("dog", "milk", "run")] == ["noun", "noun", "verb"]
    with pytest.raises(KeyError):
        words["run", "one"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("cat | Katze", "'cat' has 1 forms; give .*one.*many"),
        ("cat | Katze | Katzen | Kater", "'cat' has 3 forms"),
        ("cat | | Katzen", "'cat' has an empty 'one'; write - for none"),
        ("dog | Hund | Hunde", "'dog' stands twice"),
    ],
)
def test_a_broken_row_is_named_by_its_line(tmp_path: Path, row: str, message: str) -> None:
    path = write(tmp_path, "# comment", "@ noun | one | many", "dog | Hund | Hunde", "", row)
    with pytest.raises(UserError, match=message) as caught:
        read_lexicon("xx", path)
    assert caught.value.where == f"{path}:5"


def test_a_row_before_any_block_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, "", "dog", "@ noun | one")
    with pytest.raises(UserError, match="before the first block") as caught:
        read_lexicon("xx", path)
    assert caught.value.where == f"{path}:2"
