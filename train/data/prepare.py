"""From text to prepared data (`train.data.store` shows the folder).

For each language, in one pass over its documents:

1. `HeldOutRule` sorts a document into the held-out or the training part;
2. training documents are gathered into batches, which `EncoderPool` turns into ids in several
   processes, in order, each document followed by the end-of-sequence token;
3. the ids are put end to end and written in whole blocks, until the text or the budget of tokens
   ends (`train.data.pack`).

The folder is filled as `<folder>.unfinished/data` (`train.data.draft`) and renamed when the
manifest stands. A start after an interruption goes on there, in the midst of a language too,
provided that settings and text are the same. Memory holds a few batches, not the text. The work may
be split over machines (`train.data.shards`). The result depends on neither the number of processes,
nor on shards, nor on interruptions.
"""

import json
import platform
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from transformers import PreTrainedTokenizerBase

from analysis.errors import UserError
from analysis.files import (
    UNFINISHED,
    begin_or_continue,
    begun_for,
    differences,
    discard_unfinished,
    locked,
    no_space_is_a_user_error,
    sha256,
    stands,
    sync,
    write_text,
)
from analysis.languages import check_languages
from analysis.layout import HELD_OUT
from analysis.processes import cores
from analysis.text.heldout import TrainingPart, write_held_out
from analysis.text.sources import Source, open_source
from tokenizer.loading import fingerprint, load_tokenizer
from tokenizer.sampling import sample_texts
from tokenizer.train import save_tokenizer, train_tokenizer
from train.data.disk import check_space, most_bytes, token_type
from train.data.draft import Draft, Finished, begun_with
from train.data.encode import EncoderPool
from train.data.pack import pack_language
from train.data.progress import PreparationBar
from train.data.settings import DataSettings
from train.data.shards import Shard, take_shards
from train.data.store import (
    FORMAT,
    MANIFEST,
    PreparedData,
    data_fingerprint,
    read_manifest,
)

SETTINGS_OF_TOKENS = "block_size", "tokens_per_language", "heldout_share", "heldout_documents"
"""Settings that prepared data depends on as they are, text, languages and tokenizer aside."""


def prepare(settings: DataSettings, folder: Path, *, seed: int) -> PreparedData:
    """Prepare the data that `settings` describe in `folder`, unless it is there already.

    `seed` draws the text that a tokenizer is trained on; nothing else depends on it. Data of other
    settings or text is never replaced: runs may depend on it. Shards that lie beside `folder`
    (`train.data.shards`) are taken instead of preparing.

    Raises:
        UserError: Settings out of range; text that cannot be read; a language too small for one
            block or without a held-out document; a tokenizer that cannot be used; prepared data
            that is damaged, or of other settings or text; shards that are missing or of others;
            another process at work on the folder; too little space.

    """
    work = _work(settings, seed)
    if _stands(folder, work.made_from):
        data = PreparedData(folder)
        _say(f"up to date ({folder})")
        return data
    with _draft(folder, work.made_from) as draft:
        take_shards(folder, draft, settings.languages, begun_with(work.made_from))
        _fill(draft, work, settings.languages, folder)
        _write_manifest(draft, work)
        draft.data.rename(folder)
        sync(folder.parent)
        shutil.rmtree(draft.folder)
    data = PreparedData(folder)
    tokens = sum(data.tokens(language) for language in data.languages)
    _say(f"{tokens:,} tokens in {len(data.languages)} languages ({folder})")
    return data


def prepare_shard(settings: DataSettings, folder: Path, shard: Shard, *, seed: int) -> Path:
    """Prepare the languages of a shard for the data folder `folder`; returns the shard's folder.

    Raises `UserError` as `prepare` does, and for more shards than languages.
    """
    languages = shard.languages(settings.languages)
    work = _work(settings, seed)
    place = shard.place(folder)
    if _stands(folder, work.made_from):
        _say(f"up to date ({folder})")
    elif place.is_dir():
        before = begun_for(place) or {}
        if before != begun_with(work.made_from):
            raise UserError(
                f"holds a shard of other {differences(before, begun_with(work.made_from))}",
                where=place,
                fix="delete it",
            )
        _say(f"up to date ({place})")
    else:
        with _draft(place, work.made_from) as draft:
            _fill(draft, work, languages, folder)
            draft.folder.rename(place)
            sync(place.parent)
        _say(f"shard {shard}: {' '.join(languages)} ({place})")
    return place


@dataclass(frozen=True)
class _Work:
    """What is to be prepared, and what from."""

    settings: DataSettings
    source: Source
    tokenizer: PreTrainedTokenizerBase | None
    """The one that is named; None where one is to be trained."""

    seed: int

    made_from: dict[str, Any]
    """All that the tokens depend on; paths and the number of workers are not among it."""


def _work(settings: DataSettings, seed: int) -> _Work:
    _check(settings)
    source = open_source(settings.source, settings.languages)
    tokenizer = load_tokenizer(settings.tokenizer.path) if settings.tokenizer.path else None
    return _Work(settings, source, tokenizer, seed, _made_from(settings, source, tokenizer, seed))


def _stands(folder: Path, made_from: Mapping[str, Any]) -> bool:
    """Whether the data stands in `folder`; `UserError` when other data does."""
    if not stands(folder, MANIFEST, "prepared data"):
        return False
    check_same(read_manifest(folder, any_format=True)["made_from"], made_from, folder)
    return True


def check_same(before: Mapping[str, Any], wanted: Mapping[str, Any], folder: Path) -> None:
    """Raises `UserError` when the data in `folder` was made from other values than `wanted`."""
    if other := differences(before, wanted):
        raise UserError(
            f"holds data of other {other}",
            where=folder,
            fix="name another data.folder, or delete it",
        )


@contextmanager
def _draft(place: Path, made_from: Mapping[str, Any]) -> Iterator[Draft]:
    """The folder in which `place` is prepared, held for this process."""
    draft = place.with_name(place.name + UNFINISHED)
    with no_space_is_a_user_error(place), locked(draft, "another process is preparing this data"):
        begin_or_continue(draft, begun_with(made_from))
        yield Draft(draft)


def _check(settings: DataSettings) -> None:
    check_languages(settings.languages, where="data.prepare.languages")
    budget = settings.tokens_per_language
    for name, good, wanted in (
        ("block_size", settings.block_size >= 2, "2 or more"),
        ("heldout_share", 0 < settings.heldout_share < 1, "above 0 and below 1"),
        ("heldout_documents", settings.heldout_documents >= 1, "1 or more"),
        ("workers", settings.workers is None or settings.workers >= 0, "null, or 0 or more"),
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
    made: dict[str, Any] = {
        "format": FORMAT,
        "languages": list(settings.languages),
        "text": {language: source.fingerprint(language) for language in settings.languages},
        **{name: getattr(settings, name) for name in SETTINGS_OF_TOKENS},
    }
    if tokenizer is not None:
        made["tokenizer"] = fingerprint(tokenizer)
    else:
        made["tokenizer"] = {**asdict(settings.tokenizer), "seed": seed}
    return made


def _fill(draft: Draft, work: _Work, languages: Sequence[str], folder: Path) -> None:
    """Prepare those of `languages` that are not finished, for `folder`."""
    settings, source = work.settings, work.source
    left = [language for language in languages if not draft.note(language).is_file()]
    if left:
        wanted = work.tokenizer
        size = _vocabulary(wanted) if wanted else settings.tokenizer.vocab_size
        most = most_bytes(replace(settings, languages=left), size, source)
        _say(check_space(most, [draft.tokens(language) for language in left], folder))
    if not draft.tokenizer.is_dir():
        save_tokenizer(work.tokenizer or _train(settings, source, work.seed), draft.tokenizer)
    # From the folder in either case, so that what is used is what was saved.
    tokenizer = load_tokenizer(draft.tokenizer)
    identity = fingerprint(tokenizer)
    workers = cores() if settings.workers is None else settings.workers
    with (
        EncoderPool(tokenizer, workers) as encoder,
        PreparationBar(replace(settings, languages=list(languages)), source) as progress,
    ):
        for language in languages:
            if language in left:
                path = draft.tokens(language)
                packed = pack_language(
                    language,
                    path,
                    draft.mark(language),
                    source=source,
                    settings=settings,
                    encoder=encoder,
                    dtype=token_type(_vocabulary(tokenizer)),
                    progress=partial(progress.show, language),
                )
                digest = sha256(path)
                draft.finish(language, Finished(packed.counts, packed.held_out, digest, identity))
            progress.done(language)


def _write_manifest(draft: Draft, work: _Work) -> None:
    """Put the languages together: the held-out documents and, last, the manifest."""
    settings, data = work.settings, draft.data
    tokenizer = load_tokenizer(draft.tokenizer)
    size = _vocabulary(tokenizer)
    finished = {language: draft.finished(language) for language in settings.languages}
    parts = {language: part for language, part in finished.items() if part is not None}
    write_held_out(data / HELD_OUT, {language: part.held_out for language, part in parts.items()})
    discard_unfinished(data)
    (data / MANIFEST).unlink(missing_ok=True)
    digests = {draft.tokens(language): part.sha256 for language, part in parts.items()}
    files = {
        str(path.relative_to(data)): {
            "bytes": path.stat().st_size,
            "sha256": digests.get(path) or sha256(path),
        }
        for path in sorted(data.rglob("*"))
        if path.is_file()
    }
    identity = fingerprint(tokenizer)
    manifest = {
        "format": FORMAT,
        "languages": list(settings.languages),
        "block_size": settings.block_size,
        "dtype": token_type(size),
        "vocabulary": size,
        "fingerprint": data_fingerprint(
            tokenizer=identity,
            block_size=settings.block_size,
            dtype=token_type(size),
            tokens={language: part.sha256 for language, part in parts.items()},
        ),
        "tokenizer": identity,
        "counts": {language: part.counts for language, part in parts.items()},
        "made_from": work.made_from,
        "settings": asdict(settings),
        "files": files,
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("tokenizers", "transformers", "datasets")},
        },
    }
    write_text(data / MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")


def _vocabulary(tokenizer: PreTrainedTokenizerBase) -> int:
    """The highest id that a tokenizer can give, plus one."""
    return int(max(tokenizer.get_vocab().values())) + 1


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


def _say(text: str) -> None:
    print(f"data: {text}", file=sys.stderr)
