from itertools import combinations

from analysis.experts.families import family_groups


def pairs_by_group(languages: list[str]) -> dict[tuple[str, str, str], set[tuple[str, str]]]:
    pairs = list(combinations(languages, 2))
    return {
        (group.relation, group.family_a, group.family_b): {
            pair for pair, member in zip(pairs, group.members, strict=True) if member
        }
        for group in family_groups(languages)
    }


def test_pairs_stand_with_their_families_and_an_unknown_language_has_its_own() -> None:
    groups = pairs_by_group(["hi", "es", "xx", "bn", "pt"])
    assert list(groups) == [
        ("within", "Indo-Aryan", "Indo-Aryan"),
        ("within", "Romance", "Romance"),
        ("within", "all", "all"),
        ("between", "Indo-Aryan", "Romance"),
        ("between", "Indo-Aryan", "xx"),
        ("between", "Romance", "xx"),
        ("between", "all", "all"),
    ]
    assert groups["within", "Romance", "Romance"] == {("es", "pt")}
    assert groups["within", "all", "all"] == {("hi", "bn"), ("es", "pt")}
    between = {("hi", "es"), ("hi", "pt"), ("es", "bn"), ("bn", "pt")}
    assert groups["between", "Indo-Aryan", "Romance"] == between
    assert groups["between", "Romance", "xx"] == {("es", "xx"), ("xx", "pt")}
    everything = groups["within", "all", "all"] | groups["between", "all", "all"]
    assert everything == set(combinations(["hi", "es", "xx", "bn", "pt"], 2))
    assert not groups["within", "all", "all"] & groups["between", "all", "all"]


def test_groups_without_a_pair_are_left_out() -> None:
    assert list(pairs_by_group(["es", "pt"])) == [
        ("within", "Romance", "Romance"),
        ("within", "all", "all"),
    ]
    assert list(pairs_by_group(["en", "sw"])) == [
        ("between", "Germanic", "Bantu"),
        ("between", "all", "all"),
    ]
    assert pairs_by_group(["en"]) == {}
