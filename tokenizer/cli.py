"""The command line `python -m tokenizer train|evaluate`."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import tokenizers
import transformers

from analysis.errors import ArgumentParser, UserError
from analysis.languages import LANGUAGES, check_languages
from analysis.text.sources import Source, SourceSettings, open_source
from tokenizer.evaluate import evaluate_tokenizer, format_table, mean_over_languages
from tokenizer.loading import fingerprint, load_tokenizer
from tokenizer.sampling import sample_texts
from tokenizer.train import RECORD, save_tokenizer, train_tokenizer

_OWN_FILES = {"tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", RECORD}


def main(argv: Sequence[str]) -> None:
    """Run `train` or `evaluate`."""
    arguments = _parser().parse_args(argv)
    if arguments.command == "train":
        _train(arguments)
    else:
        _evaluate(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = ArgumentParser(
        prog="python -m tokenizer", description="Train and evaluate tokenizers."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser(
        "train",
        help="train a Unigram tokenizer with byte fallback",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    train.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write")
    train.add_argument(
        "--vocab-size", type=int, required=True, metavar="N", help="entries in all; XGLM: 256008"
    )
    train.add_argument(
        "--characters",
        type=int,
        default=100_000_000,
        metavar="N",
        help="characters to train on, all languages together",
    )
    train.add_argument(
        "--temperature",
        type=float,
        default=0.3,
        metavar="T",
        help="a language's share is proportional to its characters ** T, of which --read-at-most "
        "count; where all languages have more, T does nothing",
    )
    train.add_argument(
        "--character-coverage",
        type=float,
        default=0.9995,
        metavar="SHARE",
        help="share of the characters' occurrences that get pieces, the rarest are left to bytes",
    )
    train.add_argument(
        "--read-at-most",
        type=int,
        default=300_000_000,
        metavar="N",
        help="characters to read and count of one language",
    )
    train.add_argument("--seed", type=int, default=0, metavar="S", help="of the sampling")
    train.add_argument(
        "--force", action="store_true", help="replace a tokenizer trained with other settings"
    )
    evaluate = commands.add_parser(
        "evaluate",
        help="how well a tokenizer serves each language",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    evaluate.add_argument("tokenizer", help="folder, or name of a model on the Hugging Face Hub")
    evaluate.add_argument(
        "--documents",
        type=int,
        default=1000,
        metavar="N",
        help="the first N of each language, which the tokenizer may have been trained on",
    )
    evaluate.add_argument("--json", action="store_true", help="print JSON instead of a table")
    for command in (train, evaluate):
        command.add_argument(
            "--language",
            action="append",
            nargs="+",
            metavar="CODE=PATH",
            help="a language and its files: en=a.txt b.jsonl.gz; may be given again",
        )
        command.add_argument(
            "--source",
            choices=("demo", "hub"),
            help="instead of files: the built-in corpus, or FineWeb by streaming",
        )
        command.add_argument(
            "--languages",
            nargs="+",
            metavar="CODE",
            help="with --source: the languages to take (all sixteen if not given)",
        )
    return parser


def _source(arguments: argparse.Namespace) -> tuple[Source, list[str], str]:
    """The source, the languages and the source's kind that the command line asks for."""
    if arguments.source is None:
        if arguments.language is None:
            raise UserError(
                "no text is named", fix="give --language CODE=PATH ..., or --source demo"
            )
        if arguments.languages is not None:
            raise UserError(
                "--languages goes with --source", fix="name the files: --language CODE=PATH ..."
            )
        files = _files(arguments.language)
        languages = check_languages(files, where="--language")
        settings = SourceSettings(kind="files", files=files)
    else:
        if arguments.language is not None:
            raise UserError("--language and --source exclude each other", fix="give one of them")
        languages = check_languages(arguments.languages or LANGUAGES, where="--languages")
        settings = SourceSettings(kind=arguments.source)
    return open_source(settings, languages), languages, settings.kind


def _files(groups: Sequence[Sequence[str]]) -> dict[str, list[str]]:
    """Files by language, from the words after each --language.

    A word that begins with a known code and "=" starts a language; others go on with it.
    """
    files: dict[str, list[str]] = {}
    for group in groups:
        language = None
        for word in group:
            code, equals, path = word.partition("=")
            if language is None or (equals and code in LANGUAGES):
                if not equals or not path:
                    raise UserError(
                        f"'{word}' names no language and file",
                        where="--language",
                        fix="write CODE=PATH, such as en=english.txt",
                    )
                language = code
                files.setdefault(language, []).append(path)
            else:
                files[language].append(word)
    return files


def _train(arguments: argparse.Namespace) -> None:
    out: Path = arguments.out
    source, languages, kind = _source(arguments)
    recipe = {
        "vocab_size": arguments.vocab_size,
        "characters": arguments.characters,
        "temperature": arguments.temperature,
        "character_coverage": arguments.character_coverage,
        "read_at_most": arguments.read_at_most,
        "seed": arguments.seed,
        "source": kind,
        "languages": {language: source.fingerprint(language) for language in languages},
    }
    if _is_there(out, recipe, force=arguments.force):
        print(f"{out}: already trained with these settings on this text, nothing to do")
        return
    texts = sample_texts(
        source,
        languages,
        characters=arguments.characters,
        temperature=arguments.temperature,
        seed=arguments.seed,
        read_at_most=arguments.read_at_most,
    )
    tokenizer = train_tokenizer(
        texts, arguments.vocab_size, character_coverage=arguments.character_coverage
    )
    record = {
        "recipe": recipe,
        "fingerprint": fingerprint(tokenizer),
        "versions": {
            "tokenizers": tokenizers.__version__,
            "transformers": transformers.__version__,
        },
    }
    save_tokenizer(tokenizer, out, record=record)
    print(f"{out}: a tokenizer with {len(tokenizer):,} entries")


def _is_there(out: Path, recipe: dict[str, Any], *, force: bool) -> bool:
    """Whether `out` holds the tokenizer of this recipe already.

    Raises `UserError` where training would destroy something: never does it replace a folder
    that holds other things than a tokenizer trained here.
    """
    if not out.exists():
        return False
    if not out.is_dir():
        raise UserError("this is a file", where=out, fix="name another --out")
    names = {path.name for path in out.iterdir()}
    if not names:
        return False
    if RECORD not in names or names - _OWN_FILES:
        raise UserError(
            "the folder is there and holds other things than a tokenizer trained here",
            where=out,
            fix="name another --out",
        )
    if force:
        return False
    try:
        record = json.loads((out / RECORD).read_text(encoding="utf-8"))
        same = record["recipe"] == recipe
        intact = fingerprint(load_tokenizer(out)) == record["fingerprint"]
    except (ValueError, KeyError, TypeError, UserError):
        same = intact = False
    if same and intact:
        return True
    raise UserError(
        "a tokenizer is there that was trained with other settings or on other text, or is damaged",
        where=out,
        fix="name another --out, or replace it with --force",
    )


def _evaluate(arguments: argparse.Namespace) -> None:
    tokenizer = load_tokenizer(arguments.tokenizer)
    source, languages, _ = _source(arguments)
    table = evaluate_tokenizer(tokenizer, source, languages, documents=arguments.documents)
    if arguments.json:
        print(_as_json(arguments.tokenizer, len(tokenizer), fingerprint(tokenizer), table))
    else:
        print(f"{arguments.tokenizer}: {len(tokenizer):,} entries", file=sys.stderr)
        print(format_table(table))


def _as_json(name: str, size: int, digest: str, table: pd.DataFrame) -> str:
    rows = json.loads(table.set_index("language").to_json(orient="index"))
    return json.dumps(
        {
            "tokenizer": name,
            "vocabulary": size,
            "fingerprint": digest,
            "languages": rows,
            "mean": mean_over_languages(table),
        },
        indent=2,
    )
