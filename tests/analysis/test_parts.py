import pytest

from analysis.errors import UserError
from analysis.parts import two_parts

HELDOUT = {
    "en": [f"text {number}" for number in range(10)] + ["text 3", " ", ""],
    "es": ["uno", "dos"],
}


def test_every_text_is_in_one_part_and_none_in_both() -> None:
    first, second = two_parts(HELDOUT, 0.3, 0, "lens")
    assert [len(first["en"]), len(second["en"])] == [3, 7]
    assert sorted(first["en"] + second["en"]) == sorted(set(HELDOUT["en"][:10]))
    assert sorted(first["es"] + second["es"]) == ["dos", "uno"]
    assert len(first["es"]) == 1
    for share in (0.001, 0.999):  # each part has at least one
        assert len(two_parts(HELDOUT, share, 0, "lens")[share > 0.5]["en"]) == 1


def test_parts_depend_on_seed_and_analysis_but_not_on_other_languages() -> None:
    parts = two_parts(HELDOUT, 0.5, 0, "lens")
    assert two_parts(HELDOUT, 0.5, 0, "lens") == parts
    alone = two_parts({"en": HELDOUT["en"]}, 0.5, 0, "lens")
    assert [part["en"] for part in alone] == [part["en"] for part in parts]
    assert two_parts(HELDOUT, 0.5, 1, "lens")[0]["en"] != parts[0]["en"]
    assert two_parts(HELDOUT, 0.5, 0, "deactivation")[0]["en"] != parts[0]["en"]
    assert parts[0]["en"] != sorted(parts[0]["en"])


def test_one_document_cannot_be_split() -> None:
    told = "held-out text: language 'sw' has 1 distinct documents, lens needs 2"
    with pytest.raises(UserError, match=told):
        two_parts(HELDOUT | {"sw": ["moja", "moja", ""]}, 0.5, 0, "lens")
