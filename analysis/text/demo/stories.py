"""Stories of the demo corpus: a place, a few characters, and what they do, as clauses.

Story i is a pure function of (seed, i), and its meaning is the same in every language.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from analysis.seeds import derive
from analysis.text.demo import world
from analysis.text.demo.clauses import (
    Action,
    Clause,
    Happening,
    Location,
    Motion,
    Phrase,
    Presence,
    Quality,
    Tense,
)


@dataclass
class _Scene:
    """What a story has established so far; `known` things are definite from then on."""

    random: Random
    place: str
    cast: list[str]
    tense: Tense
    known: list[str] = field(default_factory=list)
    opened: bool = False
    said: set[tuple[str, ...]] = field(default_factory=set)

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def time(self, probability: float) -> str | None:
        """A time that goes with the tense, or none; after the opening only times of day."""
        if not self.chance(probability):
            return None
        times = [time for time, tenses in world.TIMES.items() if self.tense in tenses]
        if self.opened:
            times = [time for time in times if time in ("morning", "evening", "night")]
        return self.random.choice(times)


def story(index: int, seed: int = 0) -> list[Clause]:
    """The clauses of story `index`: an opening, four to eight happenings, an ending."""
    random = Random(derive(seed, "demo/story", index))
    cast = random.sample(world.PERSONS, 2)
    if random.random() < 0.5:
        cast.append(random.choice([name for name in world.ANIMALS if name != "fish"]))
    tense: Tense = "past" if random.random() < 0.7 else "present"
    scene = _Scene(random, random.choice(world.PLACES), cast, tense)
    clauses = [_opening(scene)]
    scene.opened = True
    makers = (_action, _action, _action, _motion, _quality, _location, _presence, _gift)
    for _ in range(random.randint(4, 8)):
        _tell(scene, random.choice(makers)(scene), clauses)
    _tell(scene, _quality(scene) if scene.chance(0.5) else _motion(scene), clauses)
    return clauses


def _tell(scene: _Scene, clause: Clause, clauses: list[Clause]) -> None:
    """Add the clause, unless it says again, or denies, what the story has said."""
    match clause:
        case Quality(theme=theme, quality=quality):
            point: tuple[str, ...] = (theme, quality)
        case Location(theme=theme):
            point = (theme,)
        case Action(agents=agents, verb=verb, object=None):
            point = (*agents, verb)
        case Action(agents=agents, verb=verb, object=Phrase(noun=noun)):
            point = (*agents, verb, noun)
        case _:
            clauses.append(clause)
            return
    if point not in scene.said:
        scene.said.add(point)
        clauses.append(clause)


def clause_about(concept: str, random: Random) -> Clause:
    """One clause that names the noun `concept`, outside any story."""
    tense: Tense = "past" if random.random() < 0.7 else "present"
    while True:
        cast = random.sample(world.PERSONS, 2)
        if concept in world.PERSONS or concept in world.ANIMALS:
            cast[0] = concept
        place = concept if concept in world.PLACES else random.choice(world.PLACES)
        scene = _Scene(random, place, cast, tense, known=[concept])
        if concept in world.HAPPENS:
            return _happening(scene, concept)
        makers: list[Callable[[_Scene, str], Clause | None]] = [_action_with, _quality_of]
        if world.LOCATED.get(concept):
            makers.append(_location_of)
            if concept not in world.UNIQUE:
                makers.append(_presence_of)
        if concept in world.PLACES:
            makers.append(_at_place)
        clause = random.choice(makers)(scene, concept)
        if clause is not None:
            return clause


def _opening(scene: _Scene) -> Clause:
    events = [event for event, places in world.HAPPENS.items() if scene.place in places]
    if events and scene.chance(0.25):
        return _happening(scene, scene.random.choice(events))
    people = [name for name in scene.cast if name in world.PERSONS]
    verb = scene.random.choice(("go", "come"))
    return Motion((scene.random.choice(people),), verb, scene.place, scene.tense, scene.time(0.7))


def _happening(scene: _Scene, event: str) -> Happening:
    places = world.HAPPENS[event]
    place = scene.place if scene.place in places else scene.random.choice(places)
    times = [time for time, tenses in world.TIMES.items() if "past" in tenses]
    return Happening(event, place, scene.random.choice(times) if scene.chance(0.6) else None)


def _action(scene: _Scene) -> Action:
    """An action by one or two of the cast, with a known object when one fits."""
    agents = _agents(scene)
    verbs = [
        (name, verb)
        for name, verb in (*world.TRANSITIVE.items(), *world.INTRANSITIVE.items())
        if all(agent in verb.agents for agent in agents)
    ]
    name, verb = scene.random.choice(verbs)
    thing = _object(scene, [noun for noun in verb.objects if noun not in agents])
    return _act(scene, agents, name, verb, thing)


def _act(
    scene: _Scene, agents: tuple[str, ...], name: str, verb: world.Verb, thing: Phrase | None
) -> Action:
    place: str | None = None
    if verb.places and scene.chance(0.5):
        place = scene.place if scene.place in verb.places else scene.random.choice(verb.places)
        if thing is not None and thing.noun == place:
            place = None
    negated = scene.chance(0.12)
    if thing is not None and thing.count > 1:
        negated = False  # "did not buy three eggs" would leave open how many
    return Action(
        agents, name, scene.tense, thing, place=place, time=scene.time(0.3), negated=negated
    )


def _gift(scene: _Scene) -> Action:
    giver, receiver = scene.random.sample([n for n in scene.cast if n in world.PERSONS], 2)
    thing = _object(scene, list(world.GIVEN))
    return Action((giver,), world.GIVE, scene.tense, thing, receiver, time=scene.time(0.3))


def _motion(scene: _Scene) -> Motion:
    walkers = [name for name in scene.cast if name in world.MOTION["go"].agents]
    verb = scene.random.choice(list(world.MOTION))
    agents = [name for name in walkers if name in world.MOTION[verb].agents]
    if not agents:
        verb, agents = "go", walkers
    subject = tuple(agents[:2]) if len(agents) > 1 and scene.chance(0.3) else (agents[0],)
    people = all(name in world.PERSONS for name in subject)
    scene.place = scene.random.choice(world.PLACES if people else world.OUTDOORS)
    negated = scene.chance(0.1)
    return Motion(subject, verb, scene.place, scene.tense, scene.time(0.4), negated)


def _quality(scene: _Scene) -> Quality:
    subjects = [n for n in (*scene.cast, *scene.known, scene.place) if n in world.PREDICABLE]
    return _quality_of(scene, scene.random.choice(subjects)) or _fallback(scene)


def _fallback(scene: _Scene) -> Quality:
    return Quality(scene.cast[0], "happy", scene.tense)


def _quality_of(scene: _Scene, noun: str) -> Quality | None:
    if noun not in world.PREDICABLE:
        return None
    quality = scene.random.choice(world.PREDICABLE[noun])
    return Quality(noun, quality, scene.tense, None, scene.chance(0.2))


def _location(scene: _Scene) -> Clause:
    subjects = [n for n in (*scene.cast, *scene.known) if world.LOCATED.get(n)]
    return _location_of(scene, scene.random.choice(subjects))


def _location_of(scene: _Scene, noun: str) -> Location:
    place = scene.random.choice([p for p in world.LOCATED[noun] if p != noun])
    return Location(noun, place, scene.tense, scene.time(0.3), scene.chance(0.25))


def _presence(scene: _Scene) -> Clause:
    nouns = [
        noun
        for noun, places in world.LOCATED.items()
        if places and noun not in scene.cast and noun not in world.UNIQUE
    ]
    return _presence_of(scene, scene.random.choice(nouns))


def _presence_of(scene: _Scene, noun: str) -> Presence:
    place = scene.random.choice(world.LOCATED[noun])
    phrase = _new(scene, noun)
    _know(scene, phrase)
    return Presence(phrase, place, scene.tense, scene.time(0.3))


def _action_with(scene: _Scene, noun: str) -> Action | None:
    """An action in which `noun` takes part as agent or object; None when it can do neither."""
    verbs = {**world.TRANSITIVE, **world.INTRANSITIVE}
    doing = [name for name, verb in verbs.items() if noun in verb.agents]
    suffering = [name for name, verb in verbs.items() if noun in verb.objects]
    if not doing and not suffering:
        return None
    name = scene.random.choice([*doing, *suffering])
    verb = verbs[name]
    if noun in verb.agents and (name in doing) and not (name in suffering and scene.chance(0.5)):
        objects = [thing for thing in verb.objects if thing != noun]
        thing = _object(scene, objects)
        return _act(scene, (noun,), name, verb, thing)
    agent = scene.random.choice([person for person in verb.agents if person != noun])
    thing = _new(scene, noun) if scene.chance(0.7) else Phrase(noun)
    return _act(scene, (agent,), name, verb, _spoken(noun, thing))


def _at_place(scene: _Scene, place: str) -> Clause:
    """A motion to `place`, or something located there."""
    if scene.chance(0.5):
        verb = scene.random.choice(list(world.MOTION))
        agents = [name for name in scene.cast if name in world.MOTION[verb].agents] or ["boy"]
        return Motion((agents[0],), verb, place, scene.tense, scene.time(0.4))
    return Location(scene.cast[0], place, scene.tense, scene.time(0.3), scene.chance(0.2))


def _agents(scene: _Scene) -> tuple[str, ...]:
    first = scene.random.choice(scene.cast)
    others = [name for name in scene.cast if name in world.PERSONS and name != first]
    if first in world.PERSONS and scene.chance(0.15):
        return (first, others[0])
    return (first,)


def _object(scene: _Scene, nouns: list[str]) -> Phrase | None:
    """One of the nouns: a known one is definite, a new one becomes known."""
    if not nouns:
        return None
    familiar = [noun for noun in dict.fromkeys(scene.known) if noun in nouns]
    if familiar and scene.chance(0.5):
        return _spoken(scene.random.choice(familiar), None)
    noun = scene.random.choice(nouns)
    phrase = _spoken(noun, _new(scene, noun))
    _know(scene, phrase)
    return phrase


def _spoken(noun: str, new: Phrase | None) -> Phrase:
    """Persons are always definite, emotions never; anything else as `new` has it."""
    if noun in world.EMOTIONS:
        return Phrase(noun, definite=False)
    if noun in world.PERSONS or new is None:
        return Phrase(noun)
    return new


def _new(scene: _Scene, noun: str) -> Phrase:
    """A first mention: indefinite, at times counted or with a quality."""
    count = 1
    if noun in world.COUNTABLE and noun not in world.PLACES and scene.chance(0.3):
        count = scene.random.randint(2, 4)
    qualities = world.ATTRIBUTABLE.get(noun, ())
    quality = scene.random.choice(qualities) if qualities and scene.chance(0.4) else None
    return Phrase(noun, definite=False, count=count, quality=quality)


def _know(scene: _Scene, phrase: Phrase) -> None:
    """From now on "the hat"; not after "three hats" or "a red hat", which a later line may deny."""
    if phrase.count == 1 and phrase.quality is None and phrase.noun not in world.EMOTIONS:
        scene.known.append(phrase.noun)
