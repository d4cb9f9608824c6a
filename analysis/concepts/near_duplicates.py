"""Sentences that say almost the same: those that share most of their words."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from math import ceil


def without_near_duplicates(sentences: Sequence[Sequence[str]], similarity: float) -> list[int]:
    """Places of the sentences that are kept: of similar ones the first.

    Two sentences are similar when the Jaccard index of their sets of words is `similarity` or more.
    Exact: of sets of m and n words that similar, ordered by one order of all words, the first
    m - ceil(similarity m) + 1 and n - ceil(similarity n) + 1 share a word (prefix filtering;
    Chaudhuri, Ganti and Kaushik 2006), so only those that share a rare word are compared.
    """
    frequency = Counter(word for words in sentences for word in set(words))
    # Rare words first; the word itself makes the order one and the same for all.
    order = {
        word: place
        for place, word in enumerate(sorted(frequency, key=lambda word: (frequency[word], word)))
    }
    kept: list[int] = []
    sets: dict[int, set[int]] = {}
    holders: defaultdict[int, list[int]] = defaultdict(list)
    for place, words in enumerate(sentences):
        ranks = sorted({order[word] for word in words})
        own = set(ranks)
        prefix = ranks[: len(ranks) - ceil(similarity * len(ranks) - 1e-9) + 1]
        candidates = {other for rank in prefix for other in holders[rank]}
        if any(_similar(own, sets[other], similarity) for other in candidates):
            continue
        kept.append(place)
        sets[place] = own
        for rank in prefix:
            holders[rank].append(place)
    return kept


def _similar(first: set[int], second: set[int], similarity: float) -> bool:
    if min(len(first), len(second)) < similarity * max(len(first), len(second)) - 1e-9:
        return False
    common = len(first & second)
    return common >= similarity * (len(first) + len(second) - common) - 1e-9
