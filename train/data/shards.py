"""Preparation split over machines.

Shard i of n holds every n-th language from the i-th on, in the order of `data.prepare.languages`.
It is prepared, by a process of its own, as the folder `<folder>.shard-<i>-of-<n>` beside the data
folder to be, laid out like `train.data.draft`. On machines that share no disk it is prepared
anywhere and copied there. Preparing without a shard then takes the tokens from these folders; what
comes out is, bit for bit, what one process would have made.

All shards are made with one tokenizer: the one that is named, or each trains the same one itself,
from all languages. So each needs all the text.
"""

import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from analysis.errors import ArgumentParser, UserError
from analysis.files import begun_for, differences, sha256
from tokenizer.loading import fingerprint, load_tokenizer
from train.data.draft import Draft


@dataclass(frozen=True)
class Shard:
    """Share `number`, from 1 on, of `count`."""

    number: int
    count: int

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    def languages(self, languages: Sequence[str]) -> list[str]:
        """Those of the shard. Raises `UserError` when there are fewer languages than shards."""
        if self.count > len(languages):
            raise UserError(
                f"{len(languages)} languages make no {self.count} shards",
                where="--shard",
                fix=f"give {len(languages)} or fewer",
            )
        return list(languages[self.number - 1 :: self.count])

    def place(self, folder: Path) -> Path:
        """Where it is prepared for the data folder `folder`."""
        return folder.with_name(f"{folder.name}.shard-{self.number}-of-{self.count}")


def read_shard(argv: Sequence[str]) -> tuple[Shard | None, list[str]]:
    """The option `--shard i/n`, and the words that are left.

    Raises `UserError` for one that does not say which of how many.
    """
    parser = ArgumentParser(prog="python -m train prepare", add_help=False, allow_abbrev=False)
    parser.add_argument("--shard")
    own, rest = parser.parse_known_args(argv)
    if own.shard is None:
        return None, rest
    found = re.fullmatch(r"(\d+)/(\d+)", own.shard)
    if found is None or not 1 <= int(found[1]) <= int(found[2]):
        raise UserError(f"'{own.shard}' is no shard", where="--shard", fix="give 1/4, 2/4, ...")
    return Shard(int(found[1]), int(found[2])), rest


def take_shards(
    folder: Path, draft: Draft, languages: Sequence[str], begun: Mapping[str, Any]
) -> None:
    """Move what the shards beside `folder` hold into `draft`, begun for `begun`, if there are any.

    Raises `UserError` when a shard is missing or unfinished, is of other settings or text, made
    with another tokenizer, or damaged.
    """
    shards = _shards(folder)
    places = {shard: Draft(shard.place(folder)) for shard in shards}
    own = {shard: shard.languages(languages) for shard in shards}
    # A kill while moving or deleting leaves shards that are in the draft already.
    left = [shard for shard in shards if not all(draft.note(code).is_file() for code in own[shard])]
    missing = [shard for shard in left if not places[shard].folder.is_dir()]
    if missing:
        names = ", ".join(f"{shard} ({' '.join(own[shard])})" for shard in missing)
        raise UserError(
            f"not prepared yet: shard {names}",
            where=folder,
            fix=f"prepare with --shard {missing[0]}, or delete {folder.name}.shard-* to prepare "
            "everything here",
        )
    for shard in left:
        before = begun_for(places[shard].folder)
        if before is None:
            raise UserError(
                "what it was prepared for is missing or damaged",
                where=places[shard].folder,
                fix="copy the shard again",
            )
        if before != begun:
            raise UserError(
                f"was prepared with other {differences(before, begun)}",
                where=places[shard].folder,
                fix="delete it and prepare the shard again",
            )
    taken = [
        (places[shard], code)
        for shard in left
        for code in own[shard]
        if not draft.note(code).is_file()
    ]
    if taken:
        _check_tokenizers(draft, taken)
    for place, code in tqdm(taken, desc="taking shards", disable=not taken):
        _take(place, draft, code)
    for place in places.values():
        shutil.rmtree(place.folder, ignore_errors=True)


def _shards(folder: Path) -> list[Shard]:
    """All shards, those that are missing too, of the split that lies beside `folder`."""
    name = re.compile(rf"{re.escape(folder.name)}\.shard-\d+-of-(\d+)(?:\.unfinished)?")
    names = [path.name for path in folder.absolute().parent.iterdir()]
    counts = {int(found[1]) for found in map(name.fullmatch, names) if found}
    if len(counts) > 1:
        raise UserError(
            f"shards of {' and of '.join(map(str, sorted(counts)))} lie beside one another",
            where=folder,
            fix=f"keep those of one split, delete the other {folder.name}.shard-*",
        )
    return [Shard(number, count) for count in counts for number in range(1, count + 1)]


def _check_tokenizers(draft: Draft, taken: Sequence[tuple[Draft, str]]) -> None:
    """See that all languages were made with one tokenizer, and move it into the draft.

    It is the draft's own, or the first that a shard has. Raises `UserError` for a language that was
    made with another, or is not there, and for a tokenizer that is not there or damaged; nothing is
    moved then, so that a shard copied again serves.
    """
    places = [draft, *(place for place, _ in taken)]
    holder = next((place for place in places if place.tokenizer.is_dir()), None)
    if holder is None:
        raise UserError(
            "no shard has a tokenizer", where=places[1].folder, fix="copy the shards again"
        )
    identity = fingerprint(load_tokenizer(holder.tokenizer))
    for place, code in taken:
        finished = place.finished(code)
        if finished is None:
            raise UserError(f"lacks '{code}'", where=place.folder, fix="copy the shard again")
        if finished.tokenizer != identity:
            raise UserError(
                "was made with another tokenizer than the other shards",
                where=place.folder,
                fix="name one (data.prepare.tokenizer.path) and prepare the shards again",
            )
    if holder is not draft:
        draft.data.mkdir(parents=True, exist_ok=True)
        holder.tokenizer.rename(draft.tokenizer)


def _take(place: Draft, draft: Draft, language: str) -> None:
    """Move a language. The note comes last, so that a start after a kill goes on."""
    finished = place.finished(language)
    assert finished is not None, language
    tokens, target = place.tokens(language), draft.tokens(language)
    if tokens.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        tokens.replace(target)
    if not target.is_file() or sha256(target) != finished.sha256:
        target.unlink(missing_ok=True)
        raise UserError(
            "the file is missing or was damaged on its way", where=tokens, fix="copy it again"
        )
    draft.finish(language, finished)
