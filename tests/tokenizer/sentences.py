"""Two or three sentences in each of the sixteen languages, and a source that serves them."""

from collections.abc import Iterator, Mapping, Sequence

SENTENCES: dict[str, list[str]] = {
    "ar": ["القطة تنام تحت الطاولة.", "ذهبتُ إلى السوق صباحًا واشتريتُ خبزًا."],
    "bn": ["বিড়ালটি টেবিলের নিচে ঘুমায়।", "আমি সকালে বাজারে গিয়ে রুটি কিনেছি।"],
    "ca": [
        "El gat dorm sota la taula.",
        "Al matí he anat al mercat i he comprat pa; l'home col·labora.",
    ],
    "en": [
        "The cat sleeps under the table.",
        "In the morning I went to the market; it wasn't open.",
    ],
    "es": ["El gato duerme bajo la mesa.", "¿Fuiste al mercado por la mañana? ¡Compré pan!"],
    "eu": ["Katua mahai azpian lo dago.", "Goizean azokara joan nintzen eta ogia erosi nuen."],
    "fr": ["Le chat dort sous la table.", "Ce matin, je suis allé au marché : j’ai acheté l'été."],
    "hi": ["बिल्ली मेज़ के नीचे सोती है।", "मैं सुबह बाज़ार गया और रोटी ख़रीदी।"],
    "id": ["Kucing tidur di bawah meja.", "Pagi-pagi saya pergi ke pasar dan membeli roti."],
    "pt": ["O gato dorme debaixo da mesa.", "De manhã fui ao mercado e comprei pão."],
    "sw": ["Paka analala chini ya meza.", "Asubuhi nilienda sokoni nikanunua mkate."],
    "ta": ["பூனை மேசையின் கீழே தூங்குகிறது.", "நான் காலையில் சந்தைக்குச் சென்று ரொட்டி வாங்கினேன்."],
    "te": ["పిల్లి బల్ల కింద నిద్రపోతుంది.", "నేను ఉదయం బజారుకు వెళ్లి రొట్టె కొన్నాను."],
    "ur": ["بلی میز کے نیچے سوتی ہے۔", "میں صبح بازار گیا اور روٹی خریدی۔"],
    "vi": ["Con mèo ngủ dưới gầm bàn.", "Buổi sáng tôi đi chợ và mua bánh mì."],
    "zh": ["猫在桌子底下睡觉。", "我早上去了市场，买了面包。"],
}


class ListSource:
    """A `Source` over documents in memory."""

    def __init__(self, documents: Mapping[str, Sequence[str]]) -> None:
        self._documents = documents

    def documents(self, language: str) -> Iterator[str]:
        return iter(self._documents[language])

    def fingerprint(self, language: str) -> str:
        return f"{hash(tuple(self._documents[language])):x}"
