"""The shared world of the demo corpus: who and what there is, and what can be done to what.

Identifiers are English lemmas; glosses fix the sense where English is ambiguous. Everything that
a grammar must be able to say is listed here, and `lexicons/*.lex` must cover it exactly.
"""

from dataclasses import dataclass

PERSONS = (
    "mother father boy girl woman man grandmother teacher student doctor farmer fisherman "
    "merchant soldier king friend neighbour singer"
).split()
ANIMALS = "dog cat horse cow goat bird fish hen lion elephant snake monkey".split()
MASS_FOODS = "bread rice meat salt honey".split()
DRINKS = "water milk tea".split()
FOODS = "apple egg mango onion banana".split()
THINGS = (
    "book letter knife pot plate basket bag chair table bed door window lamp key rope boat "
    "bicycle car hat shirt flower tree stone drum"
).split()
MASS_THINGS = "money gold wood medicine".split()
ABSTRACT = "song picture story".split()
EMOTIONS = "joy fear sadness hope".split()
PLACES = (
    "house school market hospital village city river sea forest mountain field garden kitchen "
    "road shop station bridge island palace library"
).split()
EVENTS = "storm rain earthquake fire war wedding feast".split()
NOUNS = [
    *PERSONS, *ANIMALS, *MASS_FOODS, *DRINKS, *FOODS, *THINGS, *MASS_THINGS, *ABSTRACT,
    *EMOTIONS, *PLACES, *EVENTS,
]  # fmt: skip

GLOSSES = {
    "student": "one who learns at a school or university",
    "merchant": "trader",
    "fish": "the living animal, also as caught or sold",
    "hen": "the domestic bird, female",
    "tea": "the drink",
    "letter": "written message",
    "plate": "dish to eat from",
    "key": "of a door",
    "wood": "the material, as for building or burning",
    "field": "farm land",
    "station": "of trains or buses",
    "library": "place with books to read",
    "fire": "event: something burns",
    "feast": "celebration, festival",
    "hot": "of things: warm, hot to the touch",
    "cold": "of things",
    "old": "of things and animals: not new, not young",
    "run": "motion on foot towards a place",
    "come": "towards the place named",
    "bring": "carry here",
    "look_for": "try to find",
    "draw": "make a picture of",
    "feel": "an emotion",
    "play": "as children play; without object",
    "work": "do one's work; without object",
}

ATTRIBUTES = "big small new old beautiful good red white black heavy".split()
"""Qualities that may stand beside a noun inside a phrase ("a red hat")."""

STATES = "happy tired sick hungry strong rich poor".split()
"""Qualities of persons or animals, predicates only."""

PREDICATES = "clean dirty hot cold expensive cheap sweet empty".split()
"""Qualities of things, predicates only."""

QUALITIES = [*ATTRIBUTES, *STATES, *PREDICATES]

TIMES = {
    "morning": ("past", "present"),
    "evening": ("past", "present"),
    "night": ("past", "present"),
    "today": ("past", "present"),
    "yesterday": ("past",),
    "every_day": ("present",),
    "monday": ("past",),
    "winter": ("past", "present"),
    "summer": ("past", "present"),
}
"""Times ("in the morning", "on Monday") and the tenses that they go with."""

_EDIBLE = [*MASS_FOODS, *FOODS]
_GOODS = [*MASS_FOODS, *FOODS, "milk", "book", "knife", "pot", "plate", "basket", "bag", "chair",
          "table", "bed", "lamp", "rope", "bicycle", "hat", "shirt", "flower",
          "drum", "gold", "wood", "medicine", "hen", "fish"]  # fmt: skip
_TAME = ["dog", "cat", "horse", "cow", "goat"]
_SMALL = ["book", "letter", "knife", "plate", "basket", "bag", "key", "hat", "shirt", "money"]


@dataclass(frozen=True)
class Verb:
    """What a verb takes: its possible agents, its possible objects, places where it happens."""

    agents: tuple[str, ...]
    objects: tuple[str, ...] = ()
    places: tuple[str, ...] = ()


def _verb(agents: list[str], objects: list[str] | None = None, places: str = "") -> Verb:
    return Verb(tuple(agents), tuple(objects or ()), tuple(places.split()))


_BEINGS = [name for name in (*PERSONS, *ANIMALS) if name != "fish"]
_WALKERS = [name for name in _BEINGS if name != "snake"]

TRANSITIVE: dict[str, Verb] = {
    "see": _verb(_BEINGS, [*PERSONS, *ANIMALS, *_SMALL, "boat", "bicycle", "car", "flower", "tree",
                           "stone", "drum"], "market village city field garden road station"),
    "find": _verb(PERSONS, [*_SMALL, *FOODS, "gold", "wood", "stone", "lamp", "rope"],
                  "house market forest field garden road river school kitchen"),
    "lose": _verb(PERSONS, _SMALL, "market village city forest field road station school"),
    "buy": _verb(PERSONS, _GOODS, "market shop village city"),
    "sell": _verb(["farmer", "fisherman", "merchant", "woman", "man", "neighbour", "father",
                   "mother"], _GOODS, "market shop village city"),
    "carry": _verb([*PERSONS, "horse", "elephant"], ["basket", "bag", "wood", "stone", "water",
                   "pot", "table", "chair", "bed", "rice", "salt", "drum"],
                   "market village field road mountain"),
    "bring": _verb(PERSONS, [*_EDIBLE, *DRINKS, "medicine", "money", "book", "letter", "lamp",
                   "flower", "rope", "wood", "picture"]),
    "eat": _verb(PERSONS, [name for name in (*_EDIBLE, "fish") if name != "salt"],
                 "house kitchen garden market school field"),
    "drink": _verb([*PERSONS, "dog", "cat", "horse", "cow", "goat"], ["water", "milk"],
                   "house garden village river"),
    "cook": _verb(["mother", "father", "grandmother", "woman", "man", "girl", "neighbour",
                   "friend"], ["rice", "meat", "egg", "fish", "onion"], "house kitchen garden"),
    "wash": _verb(PERSONS, ["plate", "pot", "shirt", "hat", "apple", "basket", "knife"],
                  "house kitchen garden river"),
    "open": _verb(PERSONS, ["door", "window", "letter", "book", "bag", "basket"], "house school"),
    "close": _verb(PERSONS, ["door", "window", "book", "bag"], "house school shop"),
    "read": _verb(["mother", "father", "boy", "girl", "woman", "man", "teacher", "student",
                   "doctor", "king", "friend", "grandmother"], ["book", "letter", "story"],
                  "house school library garden station"),
    "write": _verb(["mother", "father", "boy", "girl", "woman", "man", "teacher", "student",
                    "doctor", "king", "friend", "singer"], ["letter", "book", "song", "story"],
                   "house school library garden"),
    "build": _verb(["father", "man", "farmer", "fisherman", "neighbour", "soldier", "king"],
                   ["house", "bridge", "boat", "table", "chair", "bed", "school", "shop"],
                   "village city island"),
    "break": _verb(["boy", "girl", "cat", "monkey", "soldier", "student"],
                   ["plate", "pot", "lamp", "egg"],
                   "house school kitchen garden shop"),
    "look_for": _verb(PERSONS, [*_SMALL, *_TAME, "medicine", "gold", "wood", "lamp"],
                      "house market forest field garden road village"),
    "plant": _verb(["farmer", "mother", "father", "grandmother", "boy", "girl", "neighbour"],
                   ["tree", "flower", "onion", "rice"], "field garden village island"),
    "hear": _verb(PERSONS, ["song", "drum", "story", "bird", "lion", "dog"],
                  "house forest garden market village school"),
    "draw": _verb(["boy", "girl", "student", "teacher", "woman", "man"],
                  ["picture", "tree", "flower", "house", "mountain", *ANIMALS],
                  "house school library garden"),
    "feel": _verb(PERSONS, EMOTIONS),
    "help": _verb(PERSONS, PERSONS, "house school market hospital village field garden kitchen"),
    "follow": _verb([*PERSONS, "dog", "lion"], [*PERSONS, *_TAME, "elephant"],
                    "forest market city village field"),
}  # fmt: skip

GIVE = "give"
GIVEN = (*_SMALL, *MASS_FOODS, *FOODS, "water", "milk", "medicine", "flower", "gold")

INTRANSITIVE: dict[str, Verb] = {
    "sleep": _verb(_BEINGS, None, "house garden field village forest"),
    "sing": _verb([*PERSONS, "bird"], None, "house garden forest field school village"),
    "work": _verb(PERSONS, None, "house school market hospital city field garden kitchen shop"),
    "play": _verb(["boy", "girl", "dog", "cat", "monkey"], None,
                  "house school garden field village river"),
    "laugh": _verb(PERSONS, None, "house school market garden road kitchen"),
    "dance": _verb(PERSONS, None, "house market village garden palace city"),
}  # fmt: skip

MOTION: dict[str, Verb] = {
    verb: _verb(agents)
    for verb, agents in {
        "go": _WALKERS,
        "come": _WALKERS,
        "run": [name for name in _WALKERS if name not in ("bird", "king")],
        "return": _WALKERS,
    }.items()
}

OUTDOORS = ("village", "river", "forest", "mountain", "field", "garden", "road")
"""Where animals go; persons go everywhere."""

VERBS = [*TRANSITIVE, GIVE, *INTRANSITIVE, *MOTION]

LOCATED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(PERSONS, tuple(PLACES)),
    **dict.fromkeys(
        ("dog", "cat", "horse", "cow", "goat", "hen", "bird"),
        tuple("house village field garden road market".split()),
    ),
    **dict.fromkeys(("lion", "elephant", "monkey", "snake"), ("forest", "mountain", "river")),
    "fish": ("river", "sea"),
    **dict.fromkeys([*THINGS, *FOODS], tuple("house kitchen market shop".split())),
    "bicycle": ("house", "garden", "road", "school"),
    "boat": ("river", "sea", "island"),
    "car": ("road", "city", "village", "market"),
    "tree": ("garden", "field", "forest", "road"),
    "flower": ("garden", "field", "forest", "house"),
    "door": (), "window": (), "bed": ("house", "hospital", "palace"),
    "stone": ("field", "road", "river", "mountain", "garden"),
}  # fmt: skip
"""Where a being or a countable thing can be said to be."""

UNIQUE = ("mother", "father", "grandmother", "king", "friend", "neighbour")
"""Persons who are somebody's, or alone of their kind: no "three kings", no "a father"."""

PREDICABLE: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(PERSONS, ("happy", "tired", "sick", "hungry", "strong", "rich", "poor")),
    **dict.fromkeys(ANIMALS, ("big", "small", "white", "black", "hungry", "tired", "strong",
                              "beautiful", "old")),
    "bird": ("big", "small", "white", "black", "beautiful", "tired"),
    "snake": ("big", "small", "black", "white", "beautiful"),
    "fish": ("big", "small", "white", "black", "expensive", "cheap"),
    **dict.fromkeys(THINGS, ("big", "small", "new", "old", "beautiful", "clean", "dirty",
                             "expensive", "cheap")),
    "tree": ("big", "small", "old", "beautiful"),
    "flower": ("big", "small", "red", "white", "beautiful"),
    "stone": ("big", "small", "heavy", "white", "black", "cold"),
    "letter": ("good", "new", "old", "beautiful"),
    "basket": ("big", "small", "empty", "heavy", "new", "old"),
    "bag": ("big", "small", "empty", "heavy", "new", "red", "black"),
    "pot": ("big", "small", "empty", "heavy", "hot", "clean", "dirty"),
    **dict.fromkeys(FOODS, ("big", "small", "good", "expensive", "cheap")),
    **dict.fromkeys(("apple", "mango", "banana"), ("big", "small", "good", "sweet", "cheap")),
    **dict.fromkeys(("bread", "rice", "meat"), ("good", "hot", "cold", "expensive", "cheap")),
    "salt": ("white", "good", "expensive", "cheap"),
    "honey": ("good", "sweet", "expensive", "cheap"),
    **dict.fromkeys(DRINKS, ("good", "hot", "cold")),
    "gold": ("beautiful", "heavy", "expensive"),
    "wood": ("good", "heavy", "expensive", "cheap", "old"),
    "medicine": ("good", "new", "expensive", "cheap"),
    **dict.fromkeys(ABSTRACT, ("good", "beautiful", "new", "old")),
    **dict.fromkeys(("house", "school", "shop", "bridge", "palace", "library", "market",
                     "hospital", "station", "kitchen"), ("big", "small", "new", "old",
                                                         "beautiful", "clean", "dirty")),
    **dict.fromkeys(("village", "city", "garden", "island", "forest", "mountain"),
                    ("big", "small", "beautiful")),
    "river": ("big", "small", "beautiful", "clean", "dirty", "cold"),
    "sea": ("big", "beautiful", "cold", "clean"),
    "road": ("new", "old", "clean", "dirty", "empty"),
}  # fmt: skip
"""Qualities that can be said of a noun with "is"."""

ATTRIBUTABLE: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(ANIMALS, ("big", "small", "white", "black", "beautiful", "old")),
    **dict.fromkeys(THINGS, ("big", "small", "new", "old", "beautiful")),
    **dict.fromkeys(("hat", "shirt", "bag", "car", "bicycle", "boat", "chair", "door"),
                    ("big", "small", "new", "old", "red", "white", "black", "beautiful")),
    **dict.fromkeys(("tree", "lion", "elephant"), ("big", "old", "beautiful")),
    "flower": ("small", "red", "white", "beautiful"),
    "stone": ("big", "small", "heavy", "white", "black"),
    "table": ("big", "small", "new", "old", "heavy"),
    "apple": ("big", "small", "red", "good"),
    **dict.fromkeys(("mango", "banana", "onion", "egg"), ("big", "small", "good")),
    **dict.fromkeys(ABSTRACT, ("good", "beautiful", "new", "old")),
    **dict.fromkeys(("house", "bridge", "palace", "school", "shop"),
                    ("big", "small", "new", "old", "beautiful")),
    "mountain": ("big", "beautiful"),
}  # fmt: skip
"""Qualities that a noun can bear inside a phrase."""

COUNTABLE = frozenset([*PERSONS, *ANIMALS, *FOODS, *THINGS, *ABSTRACT, *PLACES])
"""Nouns with a plural; the others are mass or abstract and never counted."""

HAPPENS: dict[str, tuple[str, ...]] = {
    "storm": tuple("village city sea mountain island forest river field".split()),
    "rain": tuple("village city forest mountain field island".split()),
    "earthquake": tuple("village city island mountain sea market school palace".split()),
    "fire": tuple("house school market forest shop palace library".split()),
    "war": tuple("city village island".split()),
    "wedding": tuple("house village palace garden city island river market".split()),
    "feast": tuple("house village palace market city school".split()),
}
