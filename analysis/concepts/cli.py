"""`python -m analysis concepts build|check|sample`."""

import argparse
import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.concepts.build import JSON, MANIFEST, build_concepts, read_manifest
from analysis.concepts.coverage import coverage, summary, too_few, unseen_words
from analysis.concepts.json_layout import write_json
from analysis.concepts.lexicon import FOLDER, read_lexicon
from analysis.concepts.opening import open_concepts
from analysis.concepts.sets import ConceptSet
from analysis.concepts.settings import BuildSettings
from analysis.errors import UserError
from analysis.languages import LANGUAGES, check_languages
from analysis.seeds import stream
from analysis.text.sources import SourceSettings

_DEFAULT = BuildSettings()
_NUMBERS = (
    ("positives", "sentences per concept and language at most"),
    ("negatives", "sentences without the concept for each with it"),
    ("minimum", "concepts with fewer sentences in a language are left out of it"),
    ("shortest", "words of a sentence at least"),
    ("longest", "words of a sentence at most"),
    ("per-document", "sentences per concept that one document may give"),
    ("documents", "documents to read of each language at most (all)"),
    ("seed", "of the choice among the sentences found"),
    ("workers", "processes (one per core); the result does not depend on it"),
)


def add_commands(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add `concepts` and its own commands to those of `python -m analysis`."""
    parser = commands.add_parser("concepts", help="build and check sets of concepts' sentences")
    own = parser.add_subparsers(required=True, metavar="COMMAND")
    build = own.add_parser("build", help="find the sentences that show the lexicon's concepts")
    build.add_argument(
        "--corpus",
        required=True,
        help="paths or a glob with {language} in it, 'demo' (built in) or 'hub' (FineWeb)",
    )
    build.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write")
    build.add_argument("--languages", nargs="+", default=list(LANGUAGES), metavar="CODE")
    build.add_argument(
        "--concepts", nargs="+", default=[], metavar="NAME", help="these alone, not all"
    )
    build.add_argument("--text-field", default="text", metavar="NAME", help="of .jsonl, .parquet")
    for name, meaning in _NUMBERS:
        default = getattr(_DEFAULT, name.replace("-", "_"))
        told = meaning if default is None else f"{meaning} ({default})"
        build.add_argument(f"--{name}", type=int, default=default, metavar="N", help=told)
    build.add_argument("--lexicon", metavar="DIR", help="instead of the one of the package")
    build.set_defaults(command=_build)
    check = own.add_parser("check", help="print what a set, or the lexicon, covers")
    check.add_argument(
        "set", nargs="?", help="folder, Parquet file or 'demo'; without it the lexicon is read"
    )
    check.add_argument("--languages", nargs="+", metavar="CODE", help="instead of all it has")
    check.add_argument(
        "--minimum", type=int, metavar="N", help="sentences that every cell should have"
    )
    check.add_argument("--lexicon", type=Path, default=FOLDER, metavar="DIR")
    check.set_defaults(command=_check)
    sample = own.add_parser("sample", help="print positives drawn at random, to be read by people")
    sample.add_argument("set", help="folder, Parquet file or 'demo'")
    sample.add_argument("--language", required=True, metavar="CODE")
    sample.add_argument("--number", type=int, default=100, metavar="N")
    sample.add_argument("--seed", type=int, default=0)
    sample.set_defaults(command=_sample)


def _build(arguments: argparse.Namespace) -> None:
    names = [name.replace("-", "_") for name, _ in _NUMBERS]
    settings = BuildSettings(
        concepts=arguments.concepts,
        lexicon=arguments.lexicon,
        **{name: getattr(arguments, name) for name in names},
    )
    languages = check_languages(arguments.languages, where="--languages")
    if arguments.corpus in ("demo", "hub"):
        source = SourceSettings(kind=arguments.corpus)
    else:
        source = SourceSettings(
            kind="files", files=arguments.corpus, text_field=arguments.text_field
        )
    concepts = open_concepts(build_concepts(settings, source, languages, arguments.out), languages)
    if not (arguments.out / JSON).is_dir():
        write_json(arguments.out / JSON, concepts)
    print(summary(concepts).round(3).to_string())


def _check(arguments: argparse.Namespace) -> None:
    if arguments.set is None:
        _check_lexicon(arguments)
        return
    folder = Path(arguments.set)
    manifest = read_manifest(folder) if (folder / MANIFEST).is_file() else None
    languages = arguments.languages
    if languages is None:
        languages = manifest["made_from"]["languages"] if manifest else list(LANGUAGES)
    concepts = open_concepts(arguments.set, check_languages(languages, where="--languages"))
    table = coverage(concepts)
    if manifest:
        # Those that no language has enough of are missed all the same.
        names = list(next(iter(manifest["counts"].values()))["found"])
        table = table.reindex(names, fill_value=0)
    minimum = arguments.minimum
    if minimum is None:
        minimum = manifest["made_from"]["settings"]["minimum"] if manifest else _DEFAULT.minimum
    with pd.option_context("display.max_rows", None, "display.width", None):
        print(table.to_string(), end="\n\n")
        print(summary(concepts).round(3).to_string(), end="\n\n")
    for counts, kind, other in zip(
        too_few(table, minimum), ("concepts", "languages"), ("languages", "concepts"),
        strict=True,
    ):  # fmt: skip
        told = " ".join(f"{name}({count})" for name, count in counts.items()) or "none"
        print(f"{kind} with fewer than {minimum} in some {other} (in how many): {told}")
    if manifest:
        for code, words in unseen_words(manifest["counts"]).items():
            if code in languages:
                print(f"{code}: {len(words)} words never occur: {'; '.join(words) or 'none'}")


def _check_lexicon(arguments: argparse.Namespace) -> None:
    """Read the whole lexicon, which tells what is broken, and print its size."""
    languages = check_languages(arguments.languages or LANGUAGES, where="--languages")
    lexicon = read_lexicon(languages, arguments.lexicon)
    rows = {
        code: {
            "words": sum(len(entry.words) for entry in entries.values()),
            "forms": sum(len(p.forms) for entry in entries.values() for p in entry.words),
            "excluded phrases": sum(len(entry.excluded) for entry in entries.values()),
            "in doubt": sum(bool(entry.doubt) for entry in entries.values()),
            "not reviewed": sum(not entry.review for entry in entries.values()),
        }
        for code, entries in lexicon.entries.items()
    }
    print(f"{len(lexicon.concepts)} concepts ({arguments.lexicon})")
    print(pd.DataFrame.from_dict(rows, orient="index").to_string())


def _sample(arguments: argparse.Namespace) -> None:
    code = arguments.language
    concepts = open_concepts(arguments.set, check_languages([code], where="--language"))
    print("concept\tdigest\tsentence")
    for concept, sentence in draw_positives(concepts, code, arguments.number, arguments.seed):
        digest = hashlib.sha256(sentence.encode()).hexdigest()[:16]
        print(f"{concept}\t{digest}\t{sentence}")


def draw_positives(
    concepts: ConceptSet, language: str, number: int, seed: int
) -> list[tuple[str, str]]:
    """So many (concept, sentence) of a language, drawn evenly from all its positives.

    Raises `UserError` when it has fewer.
    """
    pool = concepts.pools[language]
    rows, columns = np.nonzero(pool.labels == 1)
    if number > len(rows):
        raise UserError(
            f"{number} of {len(rows)} positives", where=f"sample {language}", fix="draw fewer"
        )
    drawn = stream(seed, "concepts/sample", language).choice(len(rows), number, replace=False)
    return [(concepts.concepts[rows[at]], pool.sentences[columns[at]]) for at in drawn]
