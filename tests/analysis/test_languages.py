import pytest

from analysis.errors import UserError
from analysis.languages import FAMILIES, LANGUAGES, by_family, check_languages


def test_the_sixteen_languages_are_those_of_the_study() -> None:
    assert list(LANGUAGES) == "ar bn ca en es eu fr hi id pt sw ta te ur vi zh".split()
    assert all(code == language.code for code, language in LANGUAGES.items())
    for field in ("name", "fineweb"):
        assert len({getattr(language, field) for language in LANGUAGES.values()}) == 16


def test_fineweb_configurations_name_the_script() -> None:
    short = {"Arab": "Arabic", "Beng": "Bengali", "Latn": "Latin", "Deva": "Devanagari",
             "Taml": "Tamil", "Telu": "Telugu", "Hani": "Han"}  # fmt: skip
    for code, language in LANGUAGES.items():
        if code != "en":
            assert short[language.fineweb.split("_")[1]] == language.script


def test_codes_keep_their_order() -> None:
    assert check_languages(iter(["zh", "ar", "en"]), where="x") == ["zh", "ar", "en"]


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        (["en", "de"], "^data: unknown language 'de'; known: ar bn ca en .* zh$"),
        (["en", "es", "en"], "^data: language 'en' stands twice"),
        ([], "^data: no language is named"),
    ],
)
def test_codes_that_do_not_fit_are_named(codes: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        check_languages(codes, where="data")


def test_families_stand_together_and_strangers_last() -> None:
    assert {language.family for language in LANGUAGES.values()} == set(FAMILIES)
    assert by_family(["xx", "zh", "ur", "en", "pt", "bn", "ca", "zh"]) == (
        "ca pt en bn ur zh xx".split()
    )
