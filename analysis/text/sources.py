"""Where text comes from: one interface over the built-in corpus, local files and the Hub."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol, runtime_checkable

from analysis.languages import check_languages


class Source(Protocol):
    """Documents by language."""

    def documents(self, language: str) -> Iterator[str]:
        """Whole documents in a fixed order, encodable as UTF-8; each call starts anew."""
        ...

    def fingerprint(self, language: str) -> str:
        """Hexadecimal digest that changes when the documents of `language` would."""
        ...


@runtime_checkable
class MeasuredSource(Source, Protocol):
    """A source that knows how much there is to read, which gives progress bars their end."""

    def size(self, language: str) -> int:
        """Bytes on disk of `language`, compressed as they are."""
        ...

    def position(self, language: str) -> int:
        """Bytes on disk that the latest `documents(language)` has read so far."""
        ...


@dataclass(frozen=True)
class SourceSettings:
    """Where the documents of each language come from."""

    kind: Literal["demo", "files", "hub"] = "demo"
    """The built-in corpus, local files, or Hugging Face data sets read by streaming."""

    stories: int = 30_000
    """`demo`: the number of English stories; the other languages get fewer."""

    files: dict[str, list[str]] | str = field(default_factory=dict)
    """`files`: language -> paths or globs, or one path or glob for all that holds `{language}`.

    Endings: .txt (blank lines between documents), .jsonl or .parquet, each as it is or followed
    by .gz, .xz or .zst.
    """

    text_field: str = "text"
    """`files` and `hub`: the JSON field or the column that holds a document's text."""

    hub_dataset: str = "HuggingFaceFW/fineweb-2"
    """`hub`: id of the data set, or a local folder of one; `{language}` stands for the code."""

    hub_datasets: dict[str, str] = field(
        default_factory=lambda: {"en": "HuggingFaceFW/fineweb"},
    )
    """`hub`: language -> data set, for the languages that `hub_dataset` does not serve."""

    hub_config: str | None = "{fineweb}"
    """`hub`: name of the configuration, or null for data sets that have one only.

    `{fineweb}` stands for the language's name in FineWeb-2 (`spa_Latn`; for English
    `sample-100BT` of FineWeb), `{language}` for its code.
    """

    hub_revisions: dict[str, str] = field(default_factory=dict)
    """`hub`: data set -> commit, branch or tag; a commit keeps the text from changing."""

    hub_split: str = "train"
    """`hub`: the split to read."""

    seed: int = 0
    """`demo`: which of the possible corpora is generated."""


def open_source(settings: SourceSettings, languages: Sequence[str]) -> Source:
    """The source that `settings` describe, checked as far as is possible without reading text.

    Raises `UserError` for an unknown language, a language without files, a glob that matches
    nothing, an ending that is not known, or an empty file.
    """
    check_languages(languages, where="languages")
    if settings.kind == "demo":
        from analysis.text.demo.corpus import DemoSource  # noqa: PLC0415 (slow to import)

        return DemoSource(settings.stories, settings.seed)
    if settings.kind == "files":
        from analysis.text.local import LocalSource  # noqa: PLC0415 (pyarrow, too)

        return LocalSource(settings.files, languages, text_field=settings.text_field)
    from analysis.text.hub import HubSource  # noqa: PLC0415 (`datasets` takes seconds to import)

    return HubSource(settings, languages)


@dataclass(frozen=True)
class Part:
    """A part of a language's documents that can be read on its own: a file, or all there is."""

    name: str
    settings: SourceSettings
    size: float
    """Bytes on disk, or 1 where they are not known."""


def source_parts(settings: SourceSettings, language: str) -> list[Part]:
    """What the documents of a language are made of, in their order.

    Raises `UserError` as `open_source` does.
    """
    if settings.kind == "demo":
        return [Part("demo", settings, 1.0)]
    if settings.kind == "hub":
        name = settings.hub_datasets.get(language, settings.hub_dataset)
        return [Part(name, settings, 1.0)]
    from analysis.text.local import find_files  # noqa: PLC0415 (pyarrow)

    paths = find_files(settings.files, [language])[language]
    names = [path.name for path in paths]
    return [
        Part(
            path.name if names.count(path.name) == 1 else str(path),
            replace(settings, files={language: [str(path)]}),
            path.stat().st_size,
        )
        for path in paths
    ]
