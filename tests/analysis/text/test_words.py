import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.languages import LANGUAGES
from analysis.text.words import fold, split_lines, words

SENTENCES = {
    "en": ("The house's roof, well-built (1920).", "The house s roof well built 1920"),
    "ca": ("L'home del col·legi", "L home del col legi"),
    "ar": ("ذَهَبَ الوَلَدُ إلى البيتِ، أمسـ!", "ذهب الولد الى البيت امس"),
    "ur": ("يہ كتاب ہے۔", "یہ کتاب ہے"),
    "hi": ("माँ बाज़ार गई। पढ़ना॥", "मां बाजार गई पढ़ना"),
    "bn": ("বাড়ি\u200cটি বড়।", "বাড়িটি বড়"),
    "ta": ("நான்—வீட்டில் இருந்தேன்.", "நான் வீட்டில் இருந்தேன்"),
    "te": ("ఇల్లు పెద్దది, కదా?", "ఇల్లు పెద్దది కదా"),
    "id": ("anak-anak", "anak anak"),
    "vi": ("Hoà bình!", "Hoà bình"),
    "zh": ("他的手机掉在河里，2020年。", "他 的 手机 掉 在 河里 2020 年"),
}


@pytest.mark.parametrize("language", SENTENCES)
def test_words_are_runs_of_letters_and_their_marks(language: str) -> None:
    text, expected = SENTENCES[language]
    folded = [unicodedata.normalize("NFC", word) for word in expected.split()]
    assert words(text, language) == folded


def test_spellings_of_one_word_are_one() -> None:
    for language, one, other in (
        ("ar", "أَكَلَ", "اكل"),
        ("ur", "كتابي", "کتابی"),
        ("hi", "हाँ", "हां"),
        ("hi", "ज़मीन", "जमीन"),
        ("es", "nin\u0303o", "niño"),
        ("zh", "醫院", "医院"),
        ("te", "క్\u200cష", "క్ష"),
    ):
        assert words(one, language) == words(other, language)
    # Letters that only look alike to other languages stay apart.
    assert fold("ड़", "hi") != fold("ड", "hi")
    assert words("على", "ar") != words("علي", "ar")
    assert words("House", "en") != words("house", "en")


@given(st.sampled_from(sorted(LANGUAGES)), st.text(max_size=60))
def test_words_hold_no_separator_and_are_found_again(language: str, text: str) -> None:
    found = words(text, language)
    assert all(word and not any(char.isspace() for char in word) for word in found)
    if language != "zh":  # a word of jieba's may be cut in another way on its own
        assert words(" ".join(found), language) == found


@given(
    st.sampled_from(sorted(LANGUAGES)),
    st.lists(st.text(st.characters(exclude_characters="\n"), max_size=9), min_size=1, max_size=4),
)
def test_several_texts_are_split_as_each_alone(language: str, texts: list[str]) -> None:
    assert list(split_lines(texts, language)) == [words(text, language) for text in texts]
