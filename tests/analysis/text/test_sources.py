import pytest

from analysis.errors import UserError
from analysis.text.sources import SourceSettings, open_source


def test_the_demo_is_the_default_and_follows_its_settings() -> None:
    source = open_source(SourceSettings(stories=40), ["en", "sw"])
    english = list(source.documents("en"))
    assert len(english) == 40
    assert english == list(source.documents("en"))
    assert 1 <= len(list(source.documents("sw"))) <= 40
    other = open_source(SourceSettings(stories=40, seed=1), ["en", "sw"])
    assert list(other.documents("en")) != english
    assert other.fingerprint("en") != source.fingerprint("en") != source.fingerprint("sw")


def test_languages_are_checked_first() -> None:
    with pytest.raises(UserError, match="unknown language 'de'"):
        open_source(SourceSettings(), ["en", "de"])
    with pytest.raises(UserError, match="no language is named"):
        open_source(SourceSettings(), [])
