"""The progress bar of preparing data."""

from tqdm import tqdm

from analysis.text.sources import MeasuredSource, Source
from train.data.settings import DataSettings


class PreparationBar:
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

    def __enter__(self) -> "PreparationBar":
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
