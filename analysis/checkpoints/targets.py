"""What a target on the command line means: a run, a checkpoint folder, a model on the Hub."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis import results
from analysis.checkpoints.foreign import ForeignFolder, is_foreign, step_in
from analysis.checkpoints.hub import HubRevision, chosen_revisions, is_model_id, revisions
from analysis.checkpoints.loading import find_checkpoints
from analysis.checkpoints.sources import OwnFolder, Source
from analysis.errors import UserError
from analysis.layout import CHECKPOINTS, CONFIG

ALL = "all"
_MAIN = "main"


@dataclass(frozen=True)
class Options:
    """What the command line says about its targets."""

    out: Path | None
    revisions: Sequence[str] = ()
    step: int | None = None
    delete_downloads: bool = False


@dataclass(frozen=True)
class Target:
    """Checkpoints that belong together, the run they lie in, if any, and where results go."""

    name: str
    sources: Sequence[Source]
    run: Path | None
    out: Path


def find_targets(words: Sequence[str], options: Options) -> list[Target]:
    """The targets of the words, each once however it is spelt.

    Raises `UserError` for a word that means nothing, for options that fit none of the targets, and
    when two different checkpoints would have one place for their results.
    """
    if options.step is not None and options.step < 0:
        raise UserError(f"{options.step} is no step", where="--step", fix="it must be at least 0")
    found: dict[object, Target] = {}
    for word in words:
        key = Path(word).resolve()
        if key not in found:
            found[key] = _target(word, options)
    targets = list(found.values())
    foreign = [
        source
        for target in targets
        for source in target.sources
        if not isinstance(source, OwnFolder)
    ]
    if options.revisions and not any(isinstance(source, HubRevision) for source in foreign):
        raise UserError(
            "none of the targets is a model on the Hub", where="--revisions", fix="leave it out"
        )
    if options.step is not None and len(foreign) != 1:
        raise UserError(
            f"it is for one checkpoint without a manifest of ours, not for {len(foreign)}",
            where="--step",
            fix="leave it out",
        )
    _check_places(targets)
    return targets


def _target(word: str, options: Options) -> Target:
    folder = Path(word)
    if folder.is_dir() and is_foreign(folder):
        step = options.step if options.step is not None else step_in(folder.resolve().name) or 0
        out = _out(word, options)
        return Target(folder.name, [ForeignFolder(folder, step, out)], None, out)
    if not folder.exists() and is_model_id(word):
        return _hub_target(word, options)
    folders = find_checkpoints(folder)
    run = _run_folder(folders[0])
    out = run / results.FOLDER if run and options.out is None else _out(word, options)
    return Target(folder.name, [OwnFolder(each) for each in folders], run, out)


def _hub_target(model: str, options: Options) -> Target:
    if options.out is None:
        raise UserError(
            "no such folder", where=model, fix="name one, or for a model on the Hub add --out"
        )
    names = list(dict.fromkeys(options.revisions)) or [_MAIN]
    if names == [ALL]:
        # A branch without a step, such as main, is mostly a copy of another.
        known = revisions(model)
        chosen = {name: commit for name, commit in known.items() if step_in(name) is not None}
        if not chosen:
            raise UserError(
                f"no revision has a step in its name; it has: {' '.join(known)}",
                where=model,
                fix="name one with --revisions",
            )
    else:
        chosen = chosen_revisions(model, names)
    sources = [
        HubRevision(
            model,
            name,
            commit,
            step=_step(model, name, options, alone=len(chosen) == 1),
            results=options.out,
            delete=options.delete_downloads,
        )
        for name, commit in chosen.items()
    ]
    sources.sort(key=lambda source: source.step)
    return Target(model, sources, None, options.out)


def _step(model: str, revision: str, options: Options, *, alone: bool) -> int:
    """The step of a revision: what the user says, or its name, or 0 for one that is alone."""
    step = options.step if options.step is not None else step_in(revision)
    if step is None and not alone:
        raise UserError(
            f"revision {revision} has no step in its name",
            where=model,
            fix="analyse it alone, with --step",
        )
    return step or 0


def _out(word: str, options: Options) -> Path:
    if options.out is None:
        raise UserError("no run folder around it", where=word, fix="say where with --out")
    return options.out


def _run_folder(checkpoint: Path) -> Path | None:
    """The run that a checkpoint lies in, if any."""
    folder = checkpoint.resolve().parent
    inside = folder.name == CHECKPOINTS and (folder.parent / CONFIG).is_file()
    return folder.parent if inside else None


def _check_places(targets: Sequence[Target]) -> None:
    """Raise `UserError` when two different checkpoints have one place for their results."""
    taken: dict[tuple[Path, int], str] = {}
    for target in targets:
        for source in target.sources:
            try:
                step = source.step
            except UserError:
                continue  # a damaged manifest, told when its turn comes
            first = taken.setdefault((target.out.resolve(), step), source.name)
            if Path(first).resolve() != Path(source.name).resolve():
                raise UserError(
                    f"step {step} would be both {first} and {source.name}",
                    where=target.out,
                    fix="analyse one of them alone, with another --out or --step",
                )
