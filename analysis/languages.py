"""The sixteen languages: the one place that knows their names, scripts, families and data sets."""

from collections.abc import Iterable
from dataclasses import dataclass

from analysis.errors import UserError


@dataclass(frozen=True)
class Language:
    """One language of the study.

    `fineweb` is its configuration in FineWeb-2 (`sample-100BT` of FineWeb for English).
    """

    code: str
    name: str
    family: str
    script: str
    fineweb: str


LANGUAGES: dict[str, Language] = {
    language.code: language
    for language in (
        Language("ar", "Arabic", "Semitic", "Arabic", "arb_Arab"),
        Language("bn", "Bengali", "Indo-Aryan", "Bengali", "ben_Beng"),
        Language("ca", "Catalan", "Romance", "Latin", "cat_Latn"),
        Language("en", "English", "Germanic", "Latin", "sample-100BT"),
        Language("es", "Spanish", "Romance", "Latin", "spa_Latn"),
        Language("eu", "Basque", "Basque", "Latin", "eus_Latn"),
        Language("fr", "French", "Romance", "Latin", "fra_Latn"),
        Language("hi", "Hindi", "Indo-Aryan", "Devanagari", "hin_Deva"),
        Language("id", "Indonesian", "Malayic", "Latin", "ind_Latn"),
        Language("pt", "Portuguese", "Romance", "Latin", "por_Latn"),
        Language("sw", "Swahili", "Bantu", "Latin", "swh_Latn"),
        Language("ta", "Tamil", "Dravidian", "Tamil", "tam_Taml"),
        Language("te", "Telugu", "Dravidian", "Telugu", "tel_Telu"),
        Language("ur", "Urdu", "Indo-Aryan", "Arabic", "urd_Arab"),
        Language("vi", "Vietnamese", "Vietic", "Latin", "vie_Latn"),
        Language("zh", "Chinese", "Sinitic", "Han", "cmn_Hani"),
    )
}


FAMILIES = (
    "Romance", "Germanic", "Indo-Aryan", "Dravidian", "Basque", "Semitic", "Bantu", "Malayic",
    "Vietic", "Sinitic",
)  # fmt: skip
"""The order in which families are shown: those of Europe and India beside their neighbours."""


def by_family(codes: Iterable[str]) -> list[str]:
    """The codes, each once, family by family; those that are unknown stand last."""

    def place(code: str) -> tuple[int, str]:
        language = LANGUAGES.get(code)
        return FAMILIES.index(language.family) if language else len(FAMILIES), code

    return sorted(set(codes), key=place)


def check_languages(codes: Iterable[str], *, where: object) -> list[str]:
    """The codes as a list in the order given.

    Raises `UserError` naming the first code that is unknown or stands twice.
    """
    seen: list[str] = []
    for code in codes:
        if code not in LANGUAGES:
            raise UserError(
                f"unknown language '{code}'", where=where, fix=f"known: {' '.join(LANGUAGES)}"
            )
        if code in seen:
            raise UserError(f"language '{code}' stands twice", where=where, fix="name it once")
        seen.append(code)
    if not seen:
        raise UserError("no language is named", where=where, fix=f"known: {' '.join(LANGUAGES)}")
    return seen
