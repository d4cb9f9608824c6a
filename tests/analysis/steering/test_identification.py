"""Language identification: plain sentences of every language, and what is short or mixed."""

import itertools

import numpy as np
import pytest
from py3langid.langid import LanguageIdentifier

from analysis.errors import UserError
from analysis.languages import LANGUAGES
from analysis.steering import identification
from analysis.steering.identification import (
    MIXED,
    SHORT,
    SHORTEST,
    WRONG,
    identifier_error,
    identify,
    letter_bytes,
)

SENTENCES = {
    "ar": [
        "ذهب الأولاد إلى المدرسة في الصباح الباكر.",
        "تطبخ أمي الطعام في المطبخ كل يوم.",
        "نزل المطر طوال الليل على المدينة القديمة.",
    ],
    "bn": [
        "ছেলেমেয়েরা সকালে স্কুলে যায়।",
        "মা রান্নাঘরে ভাত রান্না করছেন।",
        "সারারাত শহরে বৃষ্টি হয়েছে।",
    ],
    "ca": [
        "Els nens van a l'escola cada matí amb els seus amics.",
        "La meva mare cuina el sopar i després llegim una mica.",
        "Ahir va ploure tota la nit i avui fa molt de fred.",
    ],
    "en": [
        "The children walk to school every morning with their friends.",
        "My mother cooks dinner while we read the newspaper.",
        "It rained all night and the streets are still wet.",
    ],
    "es": [
        "Los niños van a la escuela todas las mañanas con sus amigos.",
        "Mi madre prepara la cena mientras leemos el periódico.",
        "Anoche llovió mucho y las calles todavía están mojadas.",
    ],
    "eu": [
        "Haurrak goizero joaten dira eskolara lagunekin.",
        "Amak afaria prestatzen du guk egunkaria irakurtzen dugun bitartean.",
        "Gau osoan euria egin zuen eta kaleak oraindik bustita daude.",
    ],
    "fr": [
        "Les enfants vont à l'école tous les matins avec leurs amis.",
        "Ma mère prépare le dîner pendant que nous lisons le journal.",
        "Il a plu toute la nuit et les rues sont encore mouillées.",
    ],
    "hi": [
        "बच्चे हर सुबह अपने दोस्तों के साथ स्कूल जाते हैं।",
        "मेरी माँ रसोई में खाना बनाती है।",
        "कल रात भर बारिश हुई और आज ठंड है।",
    ],
    "id": [
        "Anak-anak pergi ke sekolah setiap pagi bersama teman mereka.",
        "Ibu saya memasak makan malam sementara kami membaca koran.",
        "Semalam hujan turun terus dan jalanan masih basah.",
    ],
    "pt": [
        "As crianças vão à escola todas as manhãs com os seus amigos.",
        "A minha mãe prepara o jantar enquanto lemos o jornal.",
        "Ontem choveu a noite inteira e as ruas ainda estão molhadas.",
    ],
    "sw": [
        "Watoto huenda shuleni kila asubuhi pamoja na rafiki zao.",
        "Mama yangu anapika chakula cha jioni na sisi tunasoma gazeti.",
        "Mvua ilinyesha usiku kucha na barabara bado zina maji.",
    ],
    "ta": [
        "குழந்தைகள் காலையில் பள்ளிக்குச் செல்கிறார்கள்.",
        "என் அம்மா சமையலறையில் உணவு சமைக்கிறார்.",
        "நேற்று இரவு முழுவதும் மழை பெய்தது.",
    ],
    "te": [
        "పిల్లలు ప్రతి ఉదయం బడికి వెళ్తారు.",
        "మా అమ్మ వంటగదిలో అన్నం వండుతోంది.",
        "రాత్రంతా ఊరిలో వర్షం కురిసింది.",
    ],
    "ur": [
        "بچے ہر صبح اپنے دوستوں کے ساتھ اسکول جاتے ہیں۔",
        "میری ماں باورچی خانے میں کھانا پکاتی ہے۔",
        "کل رات بھر بارش ہوئی اور آج بہت سردی ہے۔",
    ],
    "vi": [
        "Trẻ em đi học mỗi buổi sáng cùng với bạn bè.",
        "Mẹ tôi nấu bữa tối trong khi chúng tôi đọc báo.",
        "Đêm qua trời mưa rất to và đường phố vẫn còn ướt.",
    ],
    "zh": [
        "孩子们每天早上和朋友一起去学校。",
        "妈妈在厨房里做饭，我们在看报纸。",
        "昨天晚上下了一夜的雨，今天很冷。",
    ],
}
ALL = list(LANGUAGES)


def codes(texts: list[str], languages: list[str] = ALL) -> list[str]:
    return [verdict.language for verdict in identify(texts, languages)]


def test_plain_sentences_of_every_language() -> None:
    assert list(SENTENCES) == ALL
    for language, texts in SENTENCES.items():
        assert codes(texts) == [language] * len(texts)
        assert all(verdict.confidence > 0.7 for verdict in identify(texts, ALL))


def test_a_verdict_depends_on_its_text_and_the_languages_alone() -> None:
    texts = list(itertools.chain(*SENTENCES.values()))
    together = identify(texts, ALL)
    assert together == [identify([text], ALL)[0] for text in texts]
    assert {one.language for one in identify(texts, ["ca", "te"])} <= {"ca", "te", MIXED}
    # Another set of languages in between leaves no trace.
    assert identify(texts, ALL) == together


def test_the_order_of_languages_does_not_matter() -> None:
    texts = list(itertools.chain(*SENTENCES.values()))
    for one, other in zip(identify(texts, ALL), identify(texts, ALL[::-1]), strict=True):
        assert one.language == other.language
        assert one.confidence == pytest.approx(other.confidence)


@pytest.mark.parametrize(
    "text", ["", " \n", "12 345.", "!!! ??? ...", "ok", "🙂🙂🙂🙂🙂🙂🙂🙂", "你好"]
)
def test_too_few_letters_are_short(text: str) -> None:
    assert codes([text]) == [SHORT]


def test_nothing_to_tell_is_equally_likely_in_all_languages() -> None:
    assert identify([""], ALL)[0].confidence == pytest.approx(1 / 16)


def test_short_is_a_matter_of_letters_in_bytes_not_of_characters() -> None:
    seven = "今天天气很好呢"
    assert letter_bytes(seven) == 21 >= SHORTEST
    assert codes([seven, seven[:6], seven[:6] + "。。。 12345 ..."]) == ["zh", SHORT, SHORT]
    latin = "el perro come carne en casa"
    assert letter_bytes(latin) == 22
    assert codes([latin]) == ["es"]
    # A mark counts with its letter: three characters, of three bytes each.
    assert letter_bytes("की।क 5") == 9


def test_the_edges_of_short_and_of_mixed_by_confidence(monkeypatch: pytest.MonkeyPatch) -> None:
    sure = {"value": 0.9}
    monkeypatch.setattr(LanguageIdentifier, "classify", lambda *_: ("en", sure["value"]))
    edge = "a" * identification.SHORTEST
    assert codes([edge, edge[1:], f" {edge[1:]}, 1"]) == ["en", "short", "short"]
    for sure["value"], verdict in ((0.5, "en"), (0.49, "mixed")):
        assert codes([edge]) == [verdict]


def test_two_languages_half_and_half_are_mixed() -> None:
    long = {language: " ".join(texts) for language, texts in SENTENCES.items()}
    pairs = [f"{long[a]} {long[b]}" for a, b in itertools.permutations(ALL, 2)]
    found = codes(pairs)
    assert found.count(MIXED) >= 0.98 * len(pairs)
    assert codes(list(long.values())) == ALL


def test_a_name_in_another_script_does_not_make_a_text_mixed() -> None:
    assert codes(["孩子们每天早上和朋友 Maria 一起去学校，下午回家做作业。"]) == ["zh"]
    assert codes(["The children (Москва) walk to school every morning with their friends."]) == [
        "en"
    ]


def test_letters_that_the_run_has_no_language_for_are_mixed() -> None:
    russian = "Дети каждое утро ходят в школу вместе с друзьями."
    greek = "Τα παιδιά πηγαίνουν στο σχολείο κάθε πρωί."
    assert codes([russian, greek]) == [MIXED, MIXED]
    # Also where the likeliest language would be taken for granted.
    assert codes([SENTENCES["zh"][0], SENTENCES["ta"][0]], ["en", "es"]) == [MIXED, MIXED]


def test_one_language_needs_no_choice() -> None:
    assert codes([SENTENCES["sw"][0], "", SENTENCES["te"][0]], ["sw"]) == ["sw", SHORT, MIXED]


def test_languages_that_are_unknown_or_named_twice() -> None:
    with pytest.raises(UserError, match=r"languages: .*doesn't know 'xx'; it knows .*\bsw\b") as at:
        identify([], ["en", "xx"])
    assert "\n" not in str(at.value)
    with pytest.raises(UserError, match="unknown language 'de'"):
        identify([], ["en", "de"])
    with pytest.raises(UserError, match="stands twice"):
        identify([], ["en", "en"])
    with pytest.raises(UserError, match="no language"):
        identify([], [])


def test_the_model_is_read_once_in_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    identify(["a"], ALL)

    def again(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr(LanguageIdentifier, "from_model_file", again)
    assert codes([SENTENCES["eu"][0]], ["eu", "ca", "sw"]) == ["eu"]


def heldout() -> dict[str, list[str]]:
    """Four documents per language, each of all sentences in another order."""
    return {
        language: [" ".join(texts[k:] + texts[:k]) for k in (0, 1, 2, 0)]
        for language, texts in SENTENCES.items()
    }


def test_error_on_clean_text_is_zero_and_on_wrong_text_is_counted() -> None:
    texts = heldout()
    # One document of four is in another language, another in two.
    texts["es"][1] = texts["en"][0]
    texts["es"][2] = " ".join(SENTENCES["te"] + SENTENCES["zh"])
    rates = {
        (rate.language, rate.verdict): rate for rate in identifier_error(texts, size=60, seed=3)
    }
    assert len(rates) == 48
    for language in ALL:
        if language not in ("es", "ca", "pt"):
            assert rates[language, WRONG].value == 0
            assert rates[language, WRONG].high == 0
        assert rates[language, SHORT].value == 0
    wrong, mixed = rates["es", WRONG], rates["es", MIXED]
    spanish = [piece for text in texts["es"] for piece in identification._snippets(text, 60)]
    found = codes(spanish)
    assert wrong.snippets == len(spanish)
    assert wrong.documents == 4
    assert wrong.value == pytest.approx(
        np.mean([code not in {"es", SHORT, MIXED} for code in found])
    )
    assert mixed.value == pytest.approx(np.mean([code == MIXED for code in found]))
    assert wrong.low < wrong.value < wrong.high
    assert 0 < wrong.value < 1


def test_snippets_have_the_size_asked_for_and_are_shared_among_documents() -> None:
    text = " ".join(SENTENCES["vi"])
    pieces = list(identification._snippets(text, 25))
    assert text.startswith("".join(pieces))
    assert all(25 <= letter_bytes(piece) < 25 + 12 for piece in pieces)
    assert list(identification._snippets("ngắn quá", 25)) == []
    rates = identifier_error({"vi": [text] * 3, "en": ["short"]}, size=25, seed=0, snippets=7)
    assert [(rate.snippets, rate.documents) for rate in rates] == [(6, 3)] * 3 + [(0, 0)] * 3
    assert all(np.isnan([rate.value, rate.low, rate.high]).all() for rate in rates[3:])


def test_below_the_shortest_size_all_are_short() -> None:
    rates = identifier_error({"zh": SENTENCES["zh"], "en": SENTENCES["en"]}, size=3, seed=0)
    short = {rate.language: rate.value for rate in rates if rate.verdict == SHORT}
    assert short["zh"] == 1
    assert short["en"] == 1
