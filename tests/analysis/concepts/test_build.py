"""Whole builds: on small files, and on the demo corpus, whose meanings are known."""

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from analysis.cli import main
from analysis.concepts import build as module
from analysis.concepts.build import JSON, MANIFEST, build_concepts, read_manifest
from analysis.concepts.coverage import coverage, length_auc
from analysis.concepts.json_layout import write_json
from analysis.concepts.lexicon import read_lexicon
from analysis.concepts.opening import open_concepts
from analysis.concepts.parquet_layout import TABLE
from analysis.concepts.sets import ConceptSet
from analysis.concepts.settings import BuildSettings
from analysis.errors import UserError, run_command
from analysis.files import UNFINISHED, sha256
from analysis.languages import LANGUAGES as ALL_LANGUAGES
from analysis.text.demo import world
from analysis.text.demo.clauses import Clause, lexemes
from analysis.text.demo.corpus import SHARES
from analysis.text.demo.grammars import say
from analysis.text.demo.stories import story
from analysis.text.sources import SourceSettings
from tests.analysis.concepts.lexicons import write_lexicon

LANGUAGES = ["en", "es"]
WORDS = {
    "en": {"house": "house(/s); house of cards", "river": "river(/s)", "quokka": "quokka(/s)"},
    "es": {"house": "casa(/s)", "river": "río(/s)", "quokka": "quokka(/s)"},
}
FILLERS = "la vieja reina de un gran caballo blanco junto al mar en otoño bajo luna".split()


def write_corpus(folder: Path, documents: int = 40) -> SourceSettings:
    """Two files for each language, of several documents of several sentences."""
    nouns = {"en": ["house", "river", "houses"], "es": ["casa", "río", "casas"]}
    for code in LANGUAGES:
        for name in ("novel", "news"):
            random = Random(f"{code}{name}")
            texts = []
            for _ in range(documents):
                sentences = []
                for _ in range(6):
                    words = random.sample(FILLERS, random.randint(5, 9))
                    if random.random() < 0.5:
                        words.insert(random.randrange(len(words)), random.choice(nouns[code]))
                    sentences.append(" ".join([words[0].capitalize(), *words[1:]]) + "!")
                texts.append(" ".join(sentences))
            path = folder / code / f"{name}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n\n".join(texts), encoding="utf-8")
    return SourceSettings(kind="files", files=f"{folder}/{{language}}/*.txt")


@pytest.fixture
def source(tmp_path: Path) -> SourceSettings:
    return write_corpus(tmp_path / "corpus")


@pytest.fixture
def settings(tmp_path: Path) -> BuildSettings:
    lexicon = write_lexicon(tmp_path / "lexicon", WORDS)
    return BuildSettings(positives=20, minimum=5, lexicon=str(lexicon), workers=1)


def files(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): sha256(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_folder_holds_table_layout_and_manifest(
    tmp_path: Path, source: SourceSettings, settings: BuildSettings
) -> None:
    out = tmp_path / "set"
    assert build_concepts(settings, source, LANGUAGES, out) == out / TABLE
    concepts = open_concepts(out, LANGUAGES)
    assert concepts.concepts == ("house", "river"), "nobody has seen a quokka"
    assert (coverage(concepts) == 20).all(axis=None)
    manifest = read_manifest(out)
    assert manifest["fingerprint"] == concepts.fingerprint
    counts = manifest["counts"]["en"]
    assert counts["documents"] == 80
    assert counts["sentences"] == counts["sentences of an accepted length"] == 480
    assert ["quokka", "quokka(/s)", 0] in counts["words"]
    table = pq.read_table(out / TABLE).to_pandas()
    assert set(table["source"]) == {"novel.txt", "news.txt"}
    # No document chooses experts and tests them as well.
    assert (table.groupby("document")["part"].nunique() == 1).all()
    write_json(out / JSON, concepts)
    again = open_concepts(out / JSON, LANGUAGES)
    assert again.concepts == concepts.concepts
    for code in LANGUAGES:
        one, other = concepts.pools[code], again.pools[code]
        labels = [
            {
                (text, part): column.tolist()
                for text, part, column in zip(pool.sentences, pool.part, pool.labels.T, strict=True)
            }
            for pool in (one, other)
        ]
        assert labels[0] == labels[1]


@pytest.mark.parametrize("workers", [0, 2])
def test_processes_do_not_change_a_byte(
    tmp_path: Path, source: SourceSettings, settings: BuildSettings, workers: int
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    build_concepts(settings, source, LANGUAGES, first)
    build_concepts(replace(settings, workers=workers), source, LANGUAGES, second)
    assert files(first) == files(second)
    assert not list(tmp_path.glob(f"*{UNFINISHED}"))


def test_what_is_there_is_not_built_again_and_never_replaced(
    tmp_path: Path,
    source: SourceSettings,
    settings: BuildSettings,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "set"
    build_concepts(settings, source, LANGUAGES, out)
    before = files(out)
    build_concepts(settings, source, LANGUAGES, out)
    assert "up to date" in capsys.readouterr().err
    with pytest.raises(UserError, match="holds a concept set of other settings; name another"):
        build_concepts(replace(settings, seed=1), source, LANGUAGES, out)
    with pytest.raises(UserError, match="of other languages, text, lexicon"):
        build_concepts(settings, source, ["en"], out)
    (tmp_path / "corpus/en/news.txt").write_text("A house stood there by the river.")
    with pytest.raises(UserError, match="of other text"):
        build_concepts(settings, source, LANGUAGES, out)
    assert files(out) == before
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken/file").touch()
    with pytest.raises(UserError, match="not a concept set"):
        build_concepts(settings, source, LANGUAGES, tmp_path / "taken")


@pytest.mark.parametrize("stage", ["_read", "_choose"])
def test_an_interrupted_build_goes_on_and_ends_the_same(
    tmp_path: Path,
    source: SourceSettings,
    settings: BuildSettings,
    monkeypatch: pytest.MonkeyPatch,
    stage: str,
) -> None:
    whole, out = tmp_path / "whole", tmp_path / "set"
    build_concepts(settings, source, LANGUAGES, whole)
    work = getattr(module, stage)
    done: list[object] = []

    def second_is_interrupted(task: object) -> Iterator[float]:
        if len(done) == 1:
            raise KeyboardInterrupt
        done.append(task)
        yield from work(task)

    with monkeypatch.context() as patch:
        patch.setattr(module, stage, second_is_interrupted)
        with pytest.raises(KeyboardInterrupt):
            build_concepts(settings, source, LANGUAGES, out)
    assert not out.exists()

    def counted(task: object) -> Iterator[float]:
        done.append(task)
        yield from work(task)

    monkeypatch.setattr(module, stage, counted)
    build_concepts(settings, source, LANGUAGES, out)
    assert files(out) == files(whole)
    assert len(done) == (4 if stage == "_read" else 2), "nothing is done twice"


def test_a_killed_build_leaves_nothing_that_looks_whole_and_goes_on(
    tmp_path: Path, settings: BuildSettings
) -> None:
    source = write_corpus(tmp_path / "corpus", documents=3000)
    out = tmp_path / "set"
    words = [
        "concepts", "build", "--corpus", str(source.files), "--out", str(out),
        "--languages", *LANGUAGES, "--lexicon", str(settings.lexicon), "--positives", "20",
        "--minimum", "5", "--workers", "2",
    ]  # fmt: skip
    parts = tmp_path / f"set{UNFINISHED}/parts"
    process = subprocess.Popen(
        [sys.executable, "-m", "analysis", *words], stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 60
    while not list(parts.glob("*.parquet")) and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not out.exists()
    assert run_command(main, words) == 0
    assert (out / JSON / "en/concept_list.csv").is_file()
    shutil.rmtree(out / JSON)
    build_concepts(settings, source, LANGUAGES, tmp_path / "whole")
    assert files(out) == files(tmp_path / "whole")


def test_a_limit_of_documents_is_kept_for_every_language(
    tmp_path: Path, source: SourceSettings, settings: BuildSettings
) -> None:
    few = replace(settings, minimum=2)
    for limit in (20, 31):  # of two files
        build_concepts(replace(few, documents=limit), source, LANGUAGES, tmp_path / f"{limit}")
        counts = read_manifest(tmp_path / f"{limit}")["counts"]
        assert [counts[code]["documents"] for code in LANGUAGES] == [limit, limit]


def test_faults_are_told_in_one_line(
    tmp_path: Path, source: SourceSettings, settings: BuildSettings
) -> None:
    changes: list[tuple[dict[str, Any], str]] = [
        ({"minimum": 10_000, "positives": 10_000}, "no concept has enough"),
        ({"concepts": ["unicorn"]}, "unknown concept 'unicorn'"),
        ({"lexicon": str(tmp_path / "nowhere")}, "no such table"),
    ]
    for changed, told in changes:
        with pytest.raises(UserError, match=told) as caught:
            build_concepts(replace(settings, **changed), source, LANGUAGES, tmp_path / "set")
        assert "\n" not in str(caught.value)
        assert not (tmp_path / "set").exists()
    (tmp_path / "corpus/es/news.txt").write_bytes(b"caf\xe9")
    with pytest.raises(UserError, match="invalid UTF-8 at byte 3"):
        build_concepts(replace(settings, workers=2), source, LANGUAGES, tmp_path / "set")


@pytest.mark.parametrize(
    ("name", "value"),
    [("positives", 1), ("negatives", 0), ("minimum", 1), ("minimum", 121), ("test_share", 1.0),
     ("shortest", 0), ("longest", 4), ("per_document", 0), ("similarity", 0.0), ("documents", 0),
     ("workers", -1)],
)  # fmt: skip
def test_settings_out_of_range_are_named(name: str, value: float) -> None:
    with pytest.raises(UserError, match=f"concepts: {name} is {value}"):
        BuildSettings(**{name: value})  # type: ignore[arg-type]


# The demo corpus: every sentence's meaning is known.


@pytest.mark.parametrize("language", ["en", "es", "eu", "hi", "sw", "ta", "zh", "ar"])
def test_the_demo_corpus_is_found_to_mean_what_it_means(tmp_path: Path, language: str) -> None:
    settings = BuildSettings(positives=30, minimum=10, workers=1)
    source = SourceSettings(kind="demo", stories=3000)
    build_concepts(settings, source, [language], tmp_path / "set")
    concepts = open_concepts(tmp_path / "set", [language])
    pool = concepts.pools[language]
    assert length_auc(pool) < 0.55
    known = [name for name in concepts.concepts if name in world.NOUNS]
    assert len(known) > 40
    # Two sentences are one where an abbreviation seems to end the first ("mar." is March, too).
    meanings = _meanings(language, pool.sentences, stories=3000)
    assert len(meanings) > 0.95 * len(pool.sentences)
    right = wrong = 0
    for name in known:
        row = pool.labels[concepts.concepts.index(name)]
        for column in np.flatnonzero(row >= 0):
            if pool.sentences[column] not in meanings:
                continue
            means = any(name in lexemes(clause) for clause in meanings[pool.sentences[column]])
            right += means == (row[column] == 1)
            wrong += means != (row[column] == 1)
    assert wrong < 0.02 * (right + wrong), f"{wrong} of {right + wrong}"


def _meanings(language: str, sentences: tuple[str, ...], *, stories: int) -> dict[str, set[Clause]]:
    offset = list(ALL_LANGUAGES).index(language)
    said: dict[str, set[Clause]] = {sentence: set() for sentence in sentences}
    for number in range(round(stories * SHARES[language])):
        for clause in story(number * len(ALL_LANGUAGES) + offset, 0):
            sentence = say(clause, language)
            if sentence in said:
                said[sentence].add(clause)
    return {sentence: meanings for sentence, meanings in said.items() if meanings}


# The command line.


def go(*words: object) -> int:
    return run_command(main, ["concepts", *map(str, words)])


def test_the_commands_build_check_and_sample(
    tmp_path: Path,
    source: SourceSettings,
    settings: BuildSettings,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "set"
    words = ("--languages", *LANGUAGES, "--lexicon", settings.lexicon, "--minimum", 5)
    assert go("build", "--corpus", source.files, "--out", out, *words, "--positives", 20) == 0
    assert (out / JSON / "en/concept_list.csv").is_file()
    assert "length AUC" in capsys.readouterr().out
    assert go("check", out, "--minimum", 30) == 0
    told = capsys.readouterr().out
    assert "house    20  20" in told
    assert "concepts with fewer than 30 in some languages (in how many): house(2) river(2)" in told
    assert "en: 1 words never occur: quokka: quokka(/s)" in told
    for _ in range(2):
        assert go("sample", out, "--language", "es", "--number", 5, "--seed", 2) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 12
    assert lines[:6] == lines[6:]
    for line in lines[1:6]:
        concept, _, sentence = line.split("\t")
        assert {"house": "casa", "river": "río"}[concept] in sentence.lower()
    assert go("sample", out, "--language", "es", "--number", 9999) == 2
    assert "9999 of 40 positives; draw fewer" in capsys.readouterr().err


def test_the_lexicon_is_checked_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert go("check", "--languages", "en", "zh") == 0
    assert "200 concepts" in capsys.readouterr().out
    assert list(read_lexicon(["en", "zh"]).entries) == ["en", "zh"]


def test_a_damaged_manifest_is_told(
    tmp_path: Path, source: SourceSettings, settings: BuildSettings
) -> None:
    out = tmp_path / "set"
    build_concepts(settings, source, LANGUAGES, out)
    assert isinstance(open_concepts(out, ["es"]), ConceptSet)
    (out / MANIFEST).write_text("{")
    with pytest.raises(UserError, match="no manifest of a concept set"):
        build_concepts(settings, source, LANGUAGES, out)
