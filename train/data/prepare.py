"""From text to prepared data (`train.data.store` shows the folder).

For each language, in one pass over its documents:

1. `HeldOutRule` sorts a document into the held-out or the training part;
2. training documents are gathered into batches, which `EncoderPool` turns into ids in several
   processes, in order, each document followed by the end-of-sequence token;
3. the ids are put end to end and written in whole blocks, until the text or the budget of tokens
   ends (`train.data.pack`).

The folder is filled as `<folder>.unfinished/data` and renamed when the manifest stands. A start
after an interruption finds the languages that were finished there and goes on with the next,
provided that settings and text are the same. The result depends on neither the number of
processes nor on interruptions.
"""

import json
import platform
import shutil
import sys
from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tqdm import tqdm
from transformers import PreTrainedTokenizerBase

from analysis.errors import UserError
from analysis.files import (
    UNFINISHED,
    begin_or_continue,
    discard_unfinished,
    locked,
    no_space_is_a_user_error,
    sha256,
    sync,
    write_text,
)
from analysis.languages import check_languages
from analysis.layout import HELD_OUT
from analysis.text.heldout import TrainingPart, read_held_out, write_held_out
from analysis.text.sources import MeasuredSource, Source, open_source
from tokenizer.loading import fingerprint, load_tokenizer
from tokenizer.sampling import sample_texts
from tokenizer.train import save_tokenizer, train_tokenizer
from train.data.encode import EncoderPool
from train.data.pack import pack_language
from train.data.settings import DataSettings
from train.data.store import (
    FORMAT,
    MANIFEST,
    TOKENIZER,
    PreparedData,
    data_fingerprint,
    read_manifest,
)

_DATA = "data"
_LANGUAGES = "languages"
"""What an unfinished folder holds: the data to be, and notes on it."""


def prepare(settings: DataSettings, folder: Path, *, seed: int) -> PreparedData:
    """Prepare the data that `settings` describe in `folder`, unless it is there already.

    `seed` draws the text that a tokenizer is trained on; nothing else depends on it. Data of other
    settings or text is never replaced: runs may depend on it.

    Raises:
        UserError: Settings out of range; text that cannot be read; a language too small for one
            block or without a held-out document; a tokenizer that cannot be used; prepared data
            that is damaged, or of other settings or text; another process at work on the folder; no
            space left.

    """
    _check(settings)
    source = open_source(settings.source, settings.languages)
    tokenizer = load_tokenizer(settings.tokenizer.path) if settings.tokenizer.path else None
    made_from = _made_from(settings, source, tokenizer, seed)
    before = _present(folder)
    if before == made_from:
        data = PreparedData(folder)
        _say(f"up to date ({folder})")
        return data
    if before is not None:
        changed = [key for key in made_from if before.get(key) != made_from[key]]
        raise UserError(
            f"holds data of other {', '.join(changed)}",
            where=folder,
            fix="name another data.folder, or delete it",
        )
    draft = folder.with_name(folder.name + UNFINISHED)
    with no_space_is_a_user_error(folder), locked(draft, "another process is preparing this data"):
        begin_or_continue(draft, made_from)
        _fill(draft, settings, source, tokenizer, made_from, seed=seed)
        (draft / _DATA).rename(folder)
        sync(folder.parent)
        shutil.rmtree(draft)
    data = PreparedData(folder)
    tokens = sum(data.tokens(language) for language in data.languages)
    _say(f"{tokens:,} tokens in {len(data.languages)} languages ({folder})")
    return data


def _check(settings: DataSettings) -> None:
    check_languages(settings.languages, where="data.prepare.languages")
    budget = settings.tokens_per_language
    for name, good, wanted in (
        ("block_size", settings.block_size >= 2, "2 or more"),
        ("heldout_share", 0 < settings.heldout_share < 1, "above 0 and below 1"),
        ("heldout_documents", settings.heldout_documents >= 1, "1 or more"),
        ("workers", settings.workers >= 0, "0 or more"),
        (
            "tokens_per_language",
            budget is None or budget >= settings.block_size,
            f"null, or {settings.block_size} (data.prepare.block_size) or more",
        ),
    ):
        if not good:
            raise UserError(
                f"{getattr(settings, name)} is out of range",
                where=f"data.prepare.{name}",
                fix=f"it must be {wanted}",
            )


def _made_from(
    settings: DataSettings, source: Source, tokenizer: PreTrainedTokenizerBase | None, seed: int
) -> dict[str, Any]:
    """All that the tokens depend on; paths and the number of workers are not among it."""
    made: dict[str, Any] = {
        "format": FORMAT,
        "languages": list(settings.languages),
        "text": {language: source.fingerprint(language) for language in settings.languages},
        "block_size": settings.block_size,
        "tokens_per_language": settings.tokens_per_language,
        "heldout_share": settings.heldout_share,
        "heldout_documents": settings.heldout_documents,
    }
    if tokenizer is not None:
        made["tokenizer"] = fingerprint(tokenizer)
    else:
        made["tokenizer"] = {**asdict(settings.tokenizer), "seed": seed}
    return made


def _present(folder: Path) -> dict[str, Any] | None:
    """What the data in `folder` was made from; None when nothing is there."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return None
    if not (folder / MANIFEST).is_file():
        raise UserError(
            "the place is taken by something that is not prepared data",
            where=folder,
            fix="name another data folder",
        )
    made_from: dict[str, Any] = read_manifest(folder, any_format=True)["made_from"]
    return made_from


def _fill(
    draft: Path,
    settings: DataSettings,
    source: Source,
    tokenizer: PreTrainedTokenizerBase | None,
    made_from: Mapping[str, Any],
    *,
    seed: int,
) -> None:
    """Write everything, the manifest last."""
    data, notes = draft / _DATA, draft / _LANGUAGES
    if not (data / TOKENIZER).is_dir():
        save_tokenizer(tokenizer or _train(settings, source, seed), data / TOKENIZER)
    # From the folder in either case, so that what is used is what was saved.
    tokenizer = load_tokenizer(data / TOKENIZER)
    vocabulary = int(max(tokenizer.get_vocab().values())) + 1
    dtype = "uint16" if vocabulary < 2**16 else "uint32"
    counts, held_out = {}, {}
    with (
        EncoderPool(tokenizer, settings.workers) as encoder,
        _Progress(settings, source) as progress,
    ):
        for language in settings.languages:
            note, texts = notes / f"{language}.json", notes / f"{language}.parquet"
            if not note.is_file():
                packed = pack_language(
                    language,
                    data / "train" / f"{language}.bin",
                    source=source,
                    settings=settings,
                    encoder=encoder,
                    dtype=dtype,
                    progress=partial(progress.show, language),
                )
                write_held_out(texts, {language: packed.held_out})
                write_text(note, json.dumps(packed.counts))
            counts[language] = json.loads(note.read_text(encoding="utf-8"))
            held_out[language] = list(read_held_out(texts)["text"])
            progress.done(language)
    write_held_out(data / HELD_OUT, held_out)
    discard_unfinished(data)
    (data / MANIFEST).unlink(missing_ok=True)
    files = {
        str(path.relative_to(data)): {"bytes": path.stat().st_size, "sha256": sha256(path)}
        for path in sorted(data.rglob("*"))
        if path.is_file()
    }
    identity = fingerprint(tokenizer)
    manifest = {
        "format": FORMAT,
        "languages": list(settings.languages),
        "block_size": settings.block_size,
        "dtype": dtype,
        "vocabulary": vocabulary,
        "fingerprint": data_fingerprint(
            tokenizer=identity,
            block_size=settings.block_size,
            dtype=dtype,
            tokens={
                language: str(files[f"train/{language}.bin"]["sha256"])
                for language in settings.languages
            },
        ),
        "tokenizer": identity,
        "counts": counts,
        "made_from": made_from,
        "settings": asdict(settings),
        "files": files,
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("tokenizers", "transformers", "datasets")},
        },
    }
    write_text(data / MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")


def _train(settings: DataSettings, source: Source, seed: int) -> PreTrainedTokenizerBase:
    wanted = settings.tokenizer
    training = TrainingPart(source, share=settings.heldout_share, limit=settings.heldout_documents)
    texts = sample_texts(
        training,
        settings.languages,
        characters=wanted.characters,
        temperature=wanted.temperature,
        seed=seed,
        # A Hub data set is too long to be read to its end just to draw from it.
        read_at_most=wanted.characters if settings.source.kind == "hub" else 1_000_000_000,
    )
    return train_tokenizer(texts, wanted.vocab_size, character_coverage=wanted.character_coverage)


class _Progress:
    """One bar over all languages, with the time left.

    A language's share done is that of its bytes read or of its budget, whichever is further. Where
    neither is known, it counts when it ends. Languages weigh by their bytes where these decide.
    """

    def __init__(self, settings: DataSettings, source: Source) -> None:
        self._budget = settings.tokens_per_language
        self._source = source if isinstance(source, MeasuredSource) else None
        self._weights = dict.fromkeys(settings.languages, 1.0)
        if self._source is not None and self._budget is None:
            self._weights = {code: self._source.size(code) for code in settings.languages}
        self._done = 0.0

    def __enter__(self) -> "_Progress":
        self._bar = tqdm(
            total=sum(self._weights.values()),
            desc="preparing data",
            bar_format="{desc}: {percentage:3.0f}%|{bar}| {elapsed}<{remaining}{postfix}",
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def show(self, language: str, tokens: int) -> None:
        """Tell how far `language` is."""
        shares = [0.0]
        if self._source is not None:
            shares.append(self._source.position(language) / max(1, self._source.size(language)))
        if self._budget is not None:
            shares.append(tokens / self._budget)
        self._move(self._done + self._weights[language] * min(1.0, max(shares)))
        self._bar.set_postfix_str(f"{language}: {tokens:,} tokens", refresh=False)

    def done(self, language: str) -> None:
        """Tell that `language` is finished."""
        self._done += self._weights[language]
        self._move(self._done)

    def _move(self, to: float) -> None:
        self._bar.update(max(0.0, to - self._bar.n))


def _say(text: str) -> None:
    print(f"data: {text}", file=sys.stderr)
