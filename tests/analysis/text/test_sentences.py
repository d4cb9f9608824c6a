import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.languages import LANGUAGES
from analysis.text.sentences import sentences

TEXTS = {
    "ar": ["ذهب الولد.", "هل جاء؟", "نعم!"],
    "bn": ["এটি বাড়ি।", "সে গেল।"],
    "ca": ["El Sr. Puig va dir: «Hola.»", "Què passa?", "No res!"],
    "en": ["Mr. Smith went to the U.S. Army.", "It cost $3.50.", "OK?"],
    "es": ["El Sr. López se fue.", "¿Qué pasa?", "Nada."],
    "eu": ["Etxea da.", "Joan zen 3.an.", "Zer da hau?"],
    "fr": ["Il dort.", "Quoi ?", "Rien !"],
    "hi": ["यह एक घर है।", "वह गया।", "कुछ नहीं॥"],
    "id": ["Dr. Budi pergi.", "Apa?"],
    "pt": ["O Sr. Silva saiu.", "E daí?"],
    "sw": ["Nyumba ni kubwa.", "Je?", "Ndiyo."],
    "ta": ["இது வீடு.", "அவன் போனான்."],
    "te": ["ఇది ఇల్లు.", "అతను వెళ్ళాడు?"],
    "ur": ["یہ گھر ہے۔", "وہ گیا۔", "کیا ہوا؟"],
    "vi": ["Ông đi.", "Sao?"],
    "zh": ["他走了。", "你好！", "他来了……然后走了？"],
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_end_where_the_language_ends_them(language: str) -> None:
    gap = "" if language == "zh" else " "
    assert list(sentences(gap.join(TEXTS[language]), language)) == TEXTS[language]


def test_a_sentence_does_not_cross_a_line() -> None:
    assert list(sentences("One two\n\n three four. \n", "en")) == ["One two", "three four."]


@given(st.sampled_from(sorted(LANGUAGES)), st.text(max_size=80))
def test_no_letter_is_lost(language: str, text: str) -> None:
    def letters(text: str) -> str:
        return "".join(text.split())

    assert letters("".join(sentences(text, language))) == letters(text)
