"""Reading what to analyse with: the block `analyses` of a configuration, and the text it means."""

import argparse
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jsonargparse
import yaml

from analysis.errors import UserError
from analysis.layout import CONCEPT_SET, HELD_OUT
from analysis.settings import BUILT, AnalysisSettings, needs_concepts, wanted, with_defaults


@dataclass(frozen=True)
class Configuration:
    """Settings of the analyses, and the folder of the data that the run was trained on, if named.

    Paths are as the file has them: relative to where training was started.
    """

    file: Path
    settings: AnalysisSettings
    data: str | None


def read_configuration(file: Path) -> Configuration:
    """Read a run's `config.yaml`, or a file like it of which only `analyses` is needed.

    Raises `UserError` for a file that is missing or no YAML, that has no block `analyses`, or whose
    blocks hold what does not belong there.
    """
    blocks = _blocks(file)
    if "analyses" not in blocks:
        raise UserError(
            f"no block 'analyses' among its keys: {', '.join(map(str, blocks)) or 'none'}",
            where=file,
            fix="give it one ('analyses: {}' for the defaults)",
        )
    settings = _settings(_mapping(blocks["analyses"], "analyses", file), file)
    folder = _mapping(blocks.get("data", {}), "data", file).get("folder")
    if not isinstance(folder, str | None):
        raise UserError(f"data.folder is {folder!r}", where=file, fix="it must be a path")
    return Configuration(file, settings, folder)


def held_out_text(configuration: Configuration, run: Path | None) -> Path:
    """The held-out documents of the data that a run was trained on.

    Raises `UserError` naming the paths tried when there are none.
    """
    if configuration.data is None:
        raise UserError("it names no data.folder", where=configuration.file, fix="use --heldout")
    tried = [folder / HELD_OUT for folder in _places(configuration.data, run)]
    for path in tried:
        if path.is_file():
            return path
    raise UserError(
        f"no held-out text at {', '.join(map(str, tried))}",
        where=configuration.file,
        fix="name the file with --heldout",
    )


def located(
    configuration: Configuration, run: Path | None, names: Collection[str] | None = None
) -> AnalysisSettings:
    """The settings, with the path of the concept set as it is found from here.

    Of analyses that are named but null in the file, the defaults are among them. Raises `UserError`
    when the set is the run's own, is needed for those named or set, and has not been built.
    """
    settings = with_defaults(configuration.settings, names or ())
    if settings.concepts == "demo" or not needs_concepts(names or wanted(settings)):
        return settings
    name = settings.concepts
    if name == BUILT:
        if configuration.data is None:
            raise UserError(
                "analyses.concepts is 'built', and no data.folder is named that it could lie in",
                where=configuration.file,
                fix="name a concept set: its file, its folder, or 'demo'",
            )
        name = f"{configuration.data}/{CONCEPT_SET}"
    found = [path for path in _places(name, run) if path.exists()]
    if not found and settings.concepts == BUILT:
        raise UserError(
            f"no concept set was built from the run's text ({name})",
            where=configuration.file,
            fix="build it with: python -m train prepare --config (the same file)",
        )
    return replace(settings, concepts=str(found[0])) if found else settings


def _places(name: str, run: Path | None) -> Sequence[Path]:
    """Where a path of a configuration may lead: from here, and from each folder around the run.

    One of these is where training was started, unless the run has been moved.
    """
    path = Path(name).expanduser()
    around = [] if run is None or path.is_absolute() else run.resolve().parents
    return list(dict.fromkeys([path.absolute(), *(folder / path for folder in around)]))


def _blocks(file: Path) -> dict[str, Any]:
    """The top level of a YAML file."""
    if not file.is_file():
        raise UserError("no such file", where=file, fix="correct --config")
    try:
        return _mapping(yaml.safe_load(file.read_text(encoding="utf-8")), None, file)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"not a YAML file ({error})", where=file, fix="correct it") from error


def _mapping(value: object, block: str | None, file: Path) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    place = f"block '{block}'" if block else "the file"
    held = "nothing" if value is None else f"{type(value).__name__} {value!r:.40}"
    raise UserError(f"{place} holds {held}", where=file, fix="write keys with values")


def _settings(block: dict[str, Any], file: Path) -> AnalysisSettings:
    parser = jsonargparse.ArgumentParser(exit_on_error=False)
    parser.add_class_arguments(AnalysisSettings, "analyses")
    try:
        parsed = parser.parse_object({"analyses": block})
        settings: AnalysisSettings = parser.instantiate(parsed).analyses
    except (argparse.ArgumentError, KeyError, TypeError, ValueError) as error:
        raise UserError(str(error), where=file, fix="correct the block 'analyses'") from error
    return settings
