import gzip
import json
import lzma
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import UserError
from analysis.text.local import LocalSource, read_file
from analysis.text.sources import MeasuredSource, SourceSettings, open_source

DOCUMENTS = ["Habari ya asubuhi.\nNi siku njema.", "మీరు ఎలా ఉన్నారు?", "你好，世界。\n\t再见", "last"]

COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "": lambda data: data,
    ".gz": gzip.compress,
    ".xz": lzma.compress,
    ".zst": zstandard.ZstdCompressor().compress,
}


def as_txt(documents: list[str]) -> bytes:
    return ("\n\n".join(documents) + "\n").encode()


def as_jsonl(documents: list[str]) -> bytes:
    lines = [json.dumps({"id": n, "text": text}) for n, text in enumerate(documents)]
    return ("\n".join(lines) + "\n").encode()


def as_parquet(documents: list[str]) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"text": documents}), sink, row_group_size=2)
    return bytes(sink.getvalue())


WRITE = {".txt": as_txt, ".jsonl": as_jsonl, ".parquet": as_parquet}


def documents(*paths: Path) -> list[str]:
    return list(LocalSource({"sw": [str(path) for path in paths]}, ["sw"]).documents("sw"))


def message(*paths: Path) -> str:
    with pytest.raises(UserError) as caught:
        documents(*paths)
    return str(caught.value)


@pytest.mark.parametrize("compression", COMPRESS)
@pytest.mark.parametrize("kind", WRITE)
def test_every_format_gives_the_documents(tmp_path: Path, kind: str, compression: str) -> None:
    path = tmp_path / f"x{kind}{compression}"
    path.write_bytes(COMPRESS[compression](WRITE[kind](DOCUMENTS)))
    source = LocalSource({"sw": [str(path)]}, ["sw"])
    assert list(source.documents("sw")) == DOCUMENTS
    assert list(source.documents("sw")) == DOCUMENTS, "a second pass gives the same"
    assert isinstance(source, MeasuredSource)
    assert source.position("sw") == source.size("sw") == path.stat().st_size


@given(st.lists(st.lists(st.sampled_from(["", " ", "a", "b c", "\u3000", "é\r"]), max_size=4)))
def test_blank_lines_alone_part_documents(blocks: list[list[str]]) -> None:
    import tempfile

    lines = [line for block in blocks for line in [*block, ""]]
    expected: list[str] = []
    open_block: list[str] = []
    for line in [*lines, ""]:
        if line.strip():
            open_block.append(line.removesuffix("\r"))
        elif open_block:
            expected.append("\n".join(open_block))
            open_block = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.txt"
        path.write_bytes("\n".join(lines).encode() + b"\n")
        assert list(read_file(path, text_field="text")) == expected


def test_windows_lines_and_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes("\ufeffone\r\ntwo\r\n\r\nthree".encode())
    assert documents(path) == ["one\ntwo", "three"]


def test_several_members_of_an_archive(tmp_path: Path) -> None:
    for ending, compress in COMPRESS.items():
        path = tmp_path / f"x.txt{ending}"
        path.write_bytes(compress(b"one\n\ntw") + compress(b"o\n\nthree"))
        assert documents(path) == ["one", "two", "three"]


def test_globs_and_paths_are_read_in_sorted_order_each_once(tmp_path: Path) -> None:
    for name in ("b", "a", "c"):
        (tmp_path / f"{name}.txt").write_text(name)
    assert documents(tmp_path / "c.txt", tmp_path / "*.txt") == ["a", "b", "c"]


def test_a_pattern_serves_all_languages(tmp_path: Path) -> None:
    for language in ("sw", "en"):
        (tmp_path / language).mkdir()
        (tmp_path / language / "1.txt").write_text(f"text in {language}")
    settings = SourceSettings(kind="files", files=f"{tmp_path}/{{language}}/*.txt")
    source = open_source(settings, ["sw", "en"])
    assert list(source.documents("en")) == ["text in en"]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"en": ["x.txt"]}, ["source.files.sw", "no file for language 'sw'"]),
        ({"sw": []}, ["source.files.sw", "no file for language 'sw'"]),
        ({"sw": ["nothing/*.txt"]}, ["source.files.sw", "no file matches 'nothing/*.txt'"]),
        ({"sw": ["missing.txt"]}, ["missing.txt", "no such file"]),
        ({"sw": ["x.csv"]}, ["x.csv", "unknown ending", ".parquet"]),
        ({"sw": ["x.txt.bz2"]}, ["x.txt.bz2", "unknown ending"]),
        ({"sw": ["empty.txt"]}, ["empty.txt", "the file is empty"]),
        ({"sw": ["."]}, ["is a folder"]),
        ({"sw": ["x.txt"], "xx": ["x.txt"]}, ["unknown language 'xx'"]),
        ("x.txt", ["{language}"]),
    ],
)
def test_what_opening_refuses(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    files: dict[str, list[str]] | str,
    words: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("x.txt", "x.csv", "x.txt.bz2"):
        Path(name).write_text("text")
    Path("empty.txt").touch()
    with pytest.raises(UserError) as caught:
        open_source(SourceSettings(kind="files", files=files), ["sw"])
    for word in words:
        assert word in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("compression", COMPRESS)
def test_invalid_utf8_is_told_with_its_byte(tmp_path: Path, compression: str) -> None:
    before = "první řádek\n".encode() * 300_000  # several chunks of the reader
    path = tmp_path / f"x.txt{compression}"
    path.write_bytes(COMPRESS[compression](before + b"ab\xff\n"))
    assert f"{path}: invalid UTF-8 at byte {len(before) + 2} (0xff)" in message(path)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b'{"text": "x"', "not a JSON object"),
        (b'["x"]', "not a JSON object but a list"),
        (b'{"body": "x", "id": 1}', "no field 'text'; set source.text_field to one of: body id"),
        (b'{"text": null}', "field 'text' holds null, not text"),
        (b'{"text": 3}', "field 'text' holds a number, not text"),
        (b'{"text": "a\\ud800"}', "half a surrogate pair at character 1"),
        (b"[" * 100_000, "not a JSON object"),
    ],
)
def test_a_broken_jsonl_line_is_told_with_its_number(
    tmp_path: Path, line: bytes, words: str
) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(b'{"text": "fine"}\n\n' + line + b"\n")
    assert f"{path}:3: " in message(path)
    assert words in message(path)


@pytest.mark.parametrize("compression", [".gz", ".xz", ".zst"])
@pytest.mark.parametrize("kind", WRITE)
def test_a_truncated_archive(tmp_path: Path, kind: str, compression: str) -> None:
    path = tmp_path / f"x{kind}{compression}"
    whole = COMPRESS[compression](WRITE[kind]([f"document {n} {n * n}" for n in range(500)]))
    path.write_bytes(whole[: len(whole) * 2 // 3])
    assert f"{path}: the archive is cut off or damaged" in message(path)


@pytest.mark.parametrize("compression", [".gz", ".xz", ".zst"])
def test_what_is_no_archive(tmp_path: Path, compression: str) -> None:
    path = tmp_path / f"x.txt{compression}"
    path.write_text("just text, a little longer than any header")
    assert f"{path}: the archive is cut off or damaged" in message(path)


def test_faults_of_parquet_files(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    path.write_bytes(as_parquet(["one"])[:-5])
    assert f"{path}: not a whole Parquet file" in message(path)
    pd.DataFrame({"body": ["x"]}).to_parquet(path)
    assert f"{path}: no column 'text'; set source.text_field to one of: body" in message(path)
    pd.DataFrame({"text": [1, 2]}).to_parquet(path)
    assert f"{path}: column 'text' holds int64, not text" in message(path)
    pq.write_table(pa.table({"text": ["x"] * 300 + [None]}), path)
    assert f"{path}, row 300: column 'text' holds null" in message(path)
    bad = pa.StringArray.from_buffers(
        2, pa.py_buffer(b"\0\0\0\0\1\0\0\0\3\0\0\0"), pa.py_buffer(b"ab\xff")
    )
    pq.write_table(pa.table({"text": bad}), path)
    assert f"{path}, row 1: invalid UTF-8 at byte 1 of column 'text'" in message(path)


def test_a_file_of_blanks_holds_no_document(tmp_path: Path) -> None:
    for name, content in (
        ("a.txt", " \n\n\t\n"),
        ("b.jsonl", '{"text": " "}\n'),
        ("c.jsonl", "\n"),
    ):
        (tmp_path / name).write_text(content)
        assert f"{tmp_path / name}: the file holds no document" in message(tmp_path / name)


def test_fingerprint_follows_the_content_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"

    def digest(text_field: str = "text") -> str:
        return LocalSource({"sw": [f"{tmp_path}/*"]}, ["sw"], text_field=text_field).fingerprint(
            "sw"
        )

    path.write_text("one")
    first = digest()
    os.utime(path, (1, 1))
    assert digest() == first
    path.write_text("two")
    assert digest() != first
    path.write_text("one")
    assert digest() == first
    path.rename(tmp_path / "moved.txt")
    assert digest() == first
    assert digest("body") != first
    (tmp_path / "y.txt").write_text("more")
    assert digest() != first


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x.txt.xz"
    with lzma.open(path, "wb", preset=0) as file:
        for _ in range(200):
            file.write((b"some words in a row " * 50 + b"\n\n") * 1000)
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from analysis.text.local import read_file\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "n = sum(len(d) for d in read_file(Path(sys.argv[1]), text_field='text'))\n"
        "print(n, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    characters, kibibytes = map(int, run.stdout.split())
    assert characters == 200 * 1000 * 20 * 50
    assert kibibytes < 30_000, "200 MB of text were read"
