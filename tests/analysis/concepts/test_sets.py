import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.concepts.json_layout import read_json, write_json
from analysis.concepts.opening import open_concepts
from analysis.concepts.parquet_layout import read_parquet, write_parquet
from analysis.concepts.sets import ConceptPool, ConceptSet, concept_set
from analysis.errors import UserError

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


def pool(language: str, labels: list[list[int]], part: list[str] | None = None) -> ConceptPool:
    count = len(labels[0])
    sentences = tuple(f"{language} sentence {row}" for row in range(count))
    parts = np.array(part or ["select"] * count)
    return ConceptPool(language, sentences, np.array(labels, dtype=np.int8), parts)


def small() -> ConceptSet:
    labels = [[1, 0, 0, 1, -1], [0, 1, -1, 0, 1]]
    part = ["select", "select", "select", "test", "test"]
    return concept_set(["joy", "house"], {code: pool(code, labels, part) for code in ("sw", "en")})


@st.composite
def concept_sets(draw: st.DrawFn) -> ConceptSet:
    concepts = draw(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=4, unique=True))
    pools = {}
    for language in draw(st.lists(st.sampled_from(["zh", "en", "ur"]), min_size=1, unique=True)):
        sentences = draw(st.lists(TEXT, min_size=3, max_size=8, unique=True))
        shape = (len(concepts), len(sentences))
        flat = draw(st.lists(st.sampled_from([1, 0, -1]), min_size=shape[0] * shape[1],
                             max_size=shape[0] * shape[1]))  # fmt: skip
        labels = np.array(flat, dtype=np.int8).reshape(shape)
        labels[:, 0], labels[:, 1] = 1, 0
        part = np.array(["select", "select"] + ["test"] * (len(sentences) - 2))
        pools[language] = ConceptPool(language, tuple(sentences), labels, part)
    return concept_set(concepts, pools)


def marks(concepts: ConceptSet, language: str) -> set[tuple[str, str, str, int]]:
    """All that is said of a language: (concept, sentence, part, label)."""
    found = concepts.pools[language]
    return {
        (concepts.concepts[c], found.sentences[s], str(found.part[s]), int(found.labels[c, s]))
        for c, s in zip(*np.nonzero(found.labels >= 0), strict=True)
    }


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(concept_sets())
def test_either_layout_gives_back_what_was_written(tmp_path: Path, concepts: ConceptSet) -> None:
    languages = list(concepts.pools)
    write_parquet(tmp_path / "set.parquet", concepts)
    again = read_parquet(tmp_path / "set.parquet", languages)
    assert again.fingerprint == concepts.fingerprint
    assert again.concepts == concepts.concepts
    for language, written in concepts.pools.items():
        assert np.array_equal(again.pools[language].labels, written.labels)
        assert again.pools[language].sentences == written.sentences
    write_json(tmp_path / "set", concepts)
    again = read_json(tmp_path / "set", languages)
    assert again.concepts == concepts.concepts
    for language in languages:
        assert marks(again, language) == marks(concepts, language)


def with_a_gap() -> ConceptSet:
    """English has both concepts, Swahili has one."""
    full = [[1, 0, 0, 1, -1], [0, 1, -1, 0, 1]]
    return concept_set(
        ["joy", "house"], {"en": pool("en", full), "sw": pool("sw", [[-1] * 5, full[1]])}
    )


def test_a_language_may_go_without_a_concept(tmp_path: Path) -> None:
    concepts = with_a_gap()
    assert concepts.pools["sw"].has().tolist() == [False, True]
    write_parquet(tmp_path / "set.parquet", concepts)
    write_json(tmp_path / "set", concepts)
    for path in (tmp_path / "set.parquet", tmp_path / "set"):
        again = open_concepts(path, ["en", "sw"])
        assert again.concepts == ("joy", "house")
        assert again.pools["sw"].has().tolist() == [False, True]
        assert marks(again, "sw") == marks(concepts, "sw")
        # A concept that none of the languages asked for has is no concept of theirs.
        assert open_concepts(path, ["sw"]).concepts == ("house",)


def test_a_language_or_a_concept_without_anything_is_refused() -> None:
    labels = [[1, 0], [-1, -1]]
    with pytest.raises(UserError, match="no language has concept 'house'; leave it out"):
        concept_set(["joy", "house"], {"en": pool("en", labels)})
    nothing = {"en": pool("en", [[1, 0]]), "sw": pool("sw", [[-1, -1]])}
    with pytest.raises(UserError, match="'sw' has none of the concepts; leave it out"):
        concept_set(["joy"], nothing)


def test_languages_come_in_the_order_asked_for(tmp_path: Path) -> None:
    write_parquet(tmp_path / "set.parquet", small())
    write_json(tmp_path / "set", small())
    for path in (tmp_path / "set.parquet", tmp_path / "set"):
        assert list(open_concepts(path, ["en", "sw"]).pools) == ["en", "sw"]
        assert list(open_concepts(path, ["sw"]).pools) == ["sw"]


def test_the_fingerprint_changes_with_everything() -> None:
    base = small()
    languages = dict(base.pools)
    swapped = {code: languages[code] for code in reversed(languages)}
    labels = base.pools["en"].labels.copy()
    labels[0, 4] = 0
    texts = ("changed", *base.pools["en"].sentences[1:])
    variants = [
        concept_set(["joy", "home"], languages),
        concept_set(base.concepts, swapped),
        concept_set(
            base.concepts,
            languages | {"en": ConceptPool("en", base.pools["en"].sentences, labels,
                                           base.pools["en"].part)},
        ),
        concept_set(
            base.concepts,
            languages | {"en": ConceptPool("en", texts, base.pools["en"].labels,
                                           base.pools["en"].part)},
        ),
    ]  # fmt: skip
    assert len({base.fingerprint, *(variant.fingerprint for variant in variants)}) == 5
    assert small().fingerprint == base.fingerprint


def write_entry(folder: Path, name: str, positive: list[str], negative: list[str]) -> Path:
    path = folder / "sense" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    lists = {"positive": positive, "negative": negative}
    path.write_text(json.dumps({"concept": name, "group": "sense", "sentences": lists}))
    return path


@pytest.fixture
def selfcond(tmp_path: Path) -> Path:
    """A folder as ml-selfcond has it, for one language."""
    folder = tmp_path / "en"
    folder.mkdir()
    (folder / "concept_list.csv").write_text("group,concept\nsense,bird\nsense,bread\n")
    write_entry(folder, "bird", ["a bird sings", "a bird eats bread"], ["it rains", "a book"])
    write_entry(folder, "bread", ["a bird eats bread"], ["a book", "a book", "a door"])
    return tmp_path


def test_ml_selfconds_own_layout_is_read_with_each_concepts_negatives(selfcond: Path) -> None:
    concepts = open_concepts(selfcond, ["en"])
    assert concepts.concepts == ("bird", "bread")
    found = concepts.pools["en"]
    assert set(found.part) == {"select"}
    assert sorted(found.sentences) == sorted(
        ["a bird sings", "a bird eats bread", "it rains", "a book", "a book", "a door"]
    )
    by_concept = {
        name: sorted((found.sentences[s], int(row[s])) for s in np.flatnonzero(row >= 0))
        for name, row in zip(concepts.concepts, found.labels, strict=True)
    }
    assert by_concept["bird"] == [
        ("a bird eats bread", 1), ("a bird sings", 1), ("a book", 0), ("it rains", 0),
    ]  # fmt: skip
    assert by_concept["bread"] == [
        ("a bird eats bread", 1), ("a book", 0), ("a book", 0), ("a door", 0),
    ]  # fmt: skip


def test_broken_json_names_file_and_line(selfcond: Path) -> None:
    path = selfcond / "en" / "sense" / "bread.json"
    path.write_text('{"concept": "bread",\n "sentences": {"positive": ["a"],\n "negative": [}}')
    with pytest.raises(UserError, match=r"en/sense/bread.json:3: broken JSON"):
        open_concepts(selfcond, ["en"])
    path.write_bytes(b'{"concept": "\xff"}')
    with pytest.raises(UserError, match=r"bread.json: not UTF-8 at byte 13"):
        open_concepts(selfcond, ["en"])


def test_a_concept_without_positives_names_concept_and_language(
    selfcond: Path, tmp_path: Path
) -> None:
    write_entry(selfcond / "en", "bread", [], ["a book"])
    with pytest.raises(UserError, match="'bread' has no positive sentence in 'en'"):
        open_concepts(selfcond, ["en"])
    table = pd.DataFrame(
        {
            "language": ["sw"] * 2, "part": ["select", "test"], "sentence": ["x", "y"],
            "positives": [[], ["joy"]], "negatives": [None, None],
        }
    )  # fmt: skip
    table.to_parquet(tmp_path / "x.parquet")
    with pytest.raises(UserError, match=r"x.parquet: concept 'joy' has no positive .* in 'sw'"):
        open_concepts(tmp_path / "x.parquet", ["sw"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("missing", "bread.json: no such file"),
        ("both", "bread.json: 'a book' is both positive and negative"),
        ("shape", "'sentences.positive' is not a list of sentences"),
        ("empty", "concept_list.csv: it lists no concept"),
        ("twice", "concept_list.csv:4: concept 'bird' stands twice"),
    ],
)
def test_other_faults_of_the_folder_name_their_place(
    selfcond: Path, change: str, message: str
) -> None:
    folder = selfcond / "en"
    if change == "missing":
        (folder / "sense" / "bread.json").unlink()
    elif change == "both":
        write_entry(folder, "bread", ["a book"], ["a book", "x"])
    elif change == "shape":
        (folder / "sense" / "bread.json").write_text('{"sentences": {"positive": "a"}}')
    elif change == "empty":
        (folder / "concept_list.csv").write_text("group,concept\n")
    else:
        with (folder / "concept_list.csv").open("a") as file:
            file.write("sense,bird\n")
    with pytest.raises(UserError) as caught:
        open_concepts(selfcond, ["en"])
    assert message in str(caught.value)


def test_unknown_absent_and_empty_are_refused(selfcond: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="unknown language 'xx'"):
        open_concepts(selfcond, ["xx"])
    with pytest.raises(UserError, match="no folder for 'sw'"):
        open_concepts(selfcond, ["en", "sw"])
    with pytest.raises(UserError, match="no such concept set"):
        open_concepts(tmp_path / "nowhere", ["en"])
    write_parquet(tmp_path / "set.parquet", small())
    with pytest.raises(UserError, match=r"set.parquet: no sentence in 'zh'"):
        open_concepts(tmp_path / "set.parquet", ["zh"])
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(UserError, match=r"bad.parquet: not a readable concept table"):
        open_concepts(tmp_path / "bad.parquet", ["en"])
    with pytest.raises(UserError, match="the concept set is empty"):
        concept_set([], {})
    with pytest.raises(UserError, match="'joy' stands twice"):
        concept_set(["joy", "joy"], {"en": pool("en", [[1, 0], [1, 0]])})


def table_at(path: Path, rows: list[tuple[str, str, object, object, object]]) -> Path:
    """A concept table made elsewhere: language, part, sentence, positives, negatives."""
    names = ["language", "part", "sentence", "positives", "negatives"]
    pd.DataFrame(rows, columns=names).to_parquet(path)
    return path


GOOD: list[tuple[str, str, object, object, object]] = [
    ("sw", "select", "moja", ["joy"], None),
    ("en", "select", "one", ["joy"], None),
    ("en", "select", "two", [], ["joy"]),
]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (("en", "select", None, ["joy"], None), "row 3: no sentence"),
        (("en", "both", "x", ["joy"], None), "row 3: part 'both'"),
        (("en", "select", "x", ["joy"], ["joy"]), "row 3: 'x' is both positive and negative of"),
        (("en", "select", "x", [None], None), "row 3: 'positives' is not a list of concepts"),
        (("en", "test", "one", ["joy"], None), "'one' stands in both parts of 'en'"),
        (("en", "select", "one", [], None), "'one' in 'en' is both positive and negative of 'joy'"),
    ],
)
def test_faults_of_a_table_name_the_row_of_the_file_or_the_sentence(
    tmp_path: Path, row: tuple[str, str, object, object, object], message: str
) -> None:
    path = table_at(tmp_path / "x.parquet", [*GOOD, row])
    with pytest.raises(UserError, match=r"x\.parquet") as caught:
        open_concepts(path, ["en"])
    assert message in str(caught.value)
    table_at(path, [*GOOD, ("zh", *row[1:])])  # nobody asks for its language
    assert open_concepts(path, ["en"]).pools["en"].sentences == ("one", "two")


def test_a_sentence_in_both_parts_is_refused_wherever_it_stands(selfcond: Path) -> None:
    path = selfcond / "en" / "sense" / "bread.json"
    entry = json.loads(path.read_text())
    long = "a bird sings " * 20
    entry["sentences"]["positive"].append(long)
    entry["held_out"] = {"positive": [long], "negative": ["no"]}
    path.write_text(json.dumps(entry))
    with pytest.raises(UserError, match=r"'a bird sings .*\.\.\.' stands in both") as caught:
        open_concepts(selfcond, ["en"])
    assert "of 'en'" in str(caught.value)
    assert len(str(caught.value)) < 300
    # Also where one concept selects on it and another tests on it.
    entry["sentences"]["positive"].pop()
    entry["held_out"]["positive"] = ["a bird sings"]
    path.write_text(json.dumps(entry))
    with pytest.raises(UserError, match="'a bird sings' stands in both parts of 'en'"):
        open_concepts(selfcond, ["en"])


def test_a_sentence_may_stand_twice_where_its_labels_agree() -> None:
    texts = ("same", "same", "other")
    labels = np.array([[1, -1, 0], [1, 1, 0]], dtype=np.int8)
    found = ConceptPool("en", texts, labels, np.array(["select"] * 3))
    assert concept_set(["joy", "house"], {"en": found}).pools["en"] is found
