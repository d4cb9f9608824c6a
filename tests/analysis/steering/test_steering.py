"""The tables of steering on a planted model, each number made anew from the texts."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from pandas.testing import assert_frame_equal

from analysis.cli import main
from analysis.errors import UserError, run_command
from analysis.experts.settings import ExpertSettings
from analysis.results import write_table
from analysis.steering import steering
from analysis.steering.settings import SteeringSettings
from analysis.steering.show import report
from analysis.steering.steering import (
    SteeringTables,
    bring_together,
    steer,
    steer_part,
    steering_parts,
)
from analysis.summary import summarise
from analysis.tables import TABLES
from tests.analysis.steering.planted import CONCEPTS, FILLERS, planted_concepts, planted_model

SETTINGS = SteeringSettings(
    source_languages=("es", "sw"), seeds=8, k=1, other_k=(2,), max_new_tokens=24, draws=50
)
HELDOUT = {code: [" ".join(words), " ".join(words[::-1])] for code, words in FILLERS.items()}


@pytest.fixture(scope="module")
def tables() -> SteeringTables:
    model, tokenizer = planted_model()
    return steer(model, tokenizer, planted_concepts(), HELDOUT, SETTINGS, ExpertSettings())


def mean(
    tables: SteeringTables, metric: str, language: str, source: str, forcing: str = "experts"
) -> dict[str, float]:
    """The mean over concepts, of one unit."""
    rows = tables.scores
    rows = rows[(rows["concept"] == "all") & (rows["metric"] == metric) & (rows["k"] == 1)]
    rows = rows[(rows["language"] == language) & (rows["source_language"] == source)]
    rows = rows[rows["forcing"] == forcing]
    assert len(rows) == 1
    return {name: float(rows[name].item()) for name in ("value", "chance", "low", "high", "texts")}


def test_the_language_of_the_forced_experts_comes_out_and_that_of_controls_does_not(
    tables: SteeringTables,
) -> None:
    for language in SETTINGS.source_languages:
        experts = mean(tables, "language_share", language, language)
        assert experts["value"] > 0.9
        assert experts["low"] > 0.7
        assert experts["chance"] < 0.5
        assert experts["texts"] == len(CONCEPTS) * SETTINGS.seeds
        for control in ("random", "shuffled"):
            assert mean(tables, "language_share", language, language, control)["value"] < 0.7
        about = mean(tables, "about", language, language)
        assert about["value"] > about["chance"]
        likelier = mean(tables, "word_log_probability", language, language)["value"]
        assert likelier > max(0.3, mean(tables, "word_log_probability", "en", language)["value"])


def test_every_number_is_what_the_texts_say(tables: SteeringTables) -> None:
    texts, scores = tables.texts, tables.scores
    assert list(texts.columns) == [name for name in TABLES["steering_texts"] if name != "step"]
    free = texts[texts["forcing"] == "none"]
    assert len(free) == SETTINGS.seeds  # written once, not for each concept
    keys = ["source_language", "forcing", "k", "factor"]
    checked = 0
    for row in scores[scores["forcing"] != "none"].to_dict("records"):
        own = texts[(texts[keys] == [row[key] for key in keys]).all(axis=1)]
        if row["concept"] != "all":
            own = own[own["concept"] == row["concept"]]
        if row["metric"] == "language_share":
            value = (own["language"] == row["language"]).mean()
            chance = (free["language"] == row["language"]).mean()
        elif row["metric"] == "repetition":
            value, chance = own["repeated"].mean(), free["repeated"].mean()
        elif row["metric"] == "nats_per_token":
            value, chance = (part["nats"].sum() / part["tokens"].sum() for part in (own, free))
        elif row["metric"] == "about":
            said = own["mentions"].str.split()
            hit = said.map(
                lambda codes, of=row["language"]: bool(codes) if of == "all" else of in codes
            )
            value, chance = hit.mean(), row["chance"]
        else:
            continue
        assert row["value"] == pytest.approx(value), row
        assert row["chance"] == pytest.approx(chance), row
        assert not row["low"] > row["value"] + 1e-9
        assert not row["high"] < row["value"] - 1e-9
        checked += 1
    conditions, concepts = 2 * 4, 1 + len(CONCEPTS)
    assert checked == conditions * concepts * (3 + 2 + 4 + 2)
    none = scores[scores["forcing"] == "none"]
    assert set(none["metric"]) >= {"identifier_wrong", "language_share", "about"}
    mine = none[none["metric"] == "language_share"]
    np.testing.assert_allclose(mine["value"], mine["chance"])
    assert (mine["texts"] == SETTINGS.seeds).all()


def test_chance_of_a_concept_is_how_often_unforced_texts_speak_of_it(
    tables: SteeringTables,
) -> None:
    free = tables.texts[tables.texts["forcing"] == "none"]["text"]
    rows = tables.scores
    rows = rows[(rows["metric"] == "about") & (rows["language"] == "es")]
    word = {"dog": "perro", "river": "río", "house": "casa"}
    for concept in CONCEPTS:
        expected = np.mean([word[concept] in text.split() for text in free])
        found = rows[(rows["concept"] == concept) & (rows["forcing"] == "experts")]["chance"]
        assert found.tolist() == pytest.approx([expected] * len(found))


def test_the_curves_are_those_of_the_experts_with_controls(tables: SteeringTables) -> None:
    curves = summarise("steering", tables.scores)
    share = mean(tables, "language_share", "es", "es")
    random = mean(tables, "language_share", "es", "es", "random")
    assert curves["steering/es/share/es"] == share["value"]
    assert curves["steering/es/share/es/chance"] == share["chance"]
    assert curves["steering/es/share/es/random"] == random["value"]
    over = [curves[f"steering/es/share/es/over_random{end}"] for end in ("/low", "", "/high")]
    assert over[1] == pytest.approx(share["value"] - random["value"])
    assert over[0] < over[1] < over[2]
    assert curves["steering/sw/share/en"] < 0.2
    assert {"steering/es/about", "steering/es/about/shuffled", "steering/es/nats_per_token"} <= {
        *curves
    }
    assert "steering/es/share/en/random" not in curves
    words = [
        mean(tables, "word_log_probability", "es", "es", kind) for kind in ("experts", "random")
    ]
    assert curves["steering/es/word_log_probability"] == words[0]["value"]
    assert curves["steering/es/word_log_probability/random"] == words[1]["value"]


def test_the_report_is_readable(
    tables: SteeringTables, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, rows in (("steering_texts", tables.texts), ("steering", tables.scores)):
        write_table(tmp_path / "results", name, 7, rows, {})
    assert run_command(main, ["show", "steering", str(tmp_path), "--texts", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "step 7, texts from </s>"
    assert "nothing forced: 8 texts" in lines
    place = lines.index("es, 1 experts: 24 texts")
    assert lines[place + 1].startswith("  es ")
    assert lines[place + 3] == "  points above no forcing: es +88 [+50 +100]"
    assert lines[place + 4].startswith("  points above random units: es +")
    assert lines[place + 5].startswith("  points above shuffled labels: es +")
    assert lines[place + 6].startswith("  [es ")
    assert "sw, 1 random units beside the experts: 24 texts" in lines
    assert run_command(main, ["show", "steering", str(tmp_path), "--step", "8"]) == 2
    assert "step 8 has no table 'steering'; use one of 7" in capsys.readouterr().err
    assert run_command(main, ["show", "steering", str(tmp_path / "none")]) == 2
    assert "no such folder" in capsys.readouterr().err
    strange = tables.texts.assign(text="a\nb\x1b[31m\u200cc", step=7)
    assert any("a b [31m\u200cc" in line for line in report(strange, tables.scores, 1))


def test_what_is_wrong_is_told_before_anything_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    model, tokenizer = planted_model()
    monkeypatch.setattr(steering, "generate", lambda *_, **__: pytest.fail("texts were written"))
    wrong = replace(SETTINGS, source_languages=("zh",))
    with pytest.raises(UserError, match="no sentences in 'zh'; it has en es sw"):
        steer(model, tokenizer, planted_concepts(), HELDOUT, wrong, ExpertSettings())
    with pytest.raises(UserError, match="xx"):
        steer(model, tokenizer, planted_concepts(), {"xx": []}, SETTINGS, ExpertSettings())
    model.set_output_embeddings(torch.nn.Sequential(model.lm_head))
    with pytest.raises(UserError, match="are not its output layer's values; set steering to null"):
        steer(model, tokenizer, planted_concepts(), HELDOUT, SETTINGS, ExpertSettings())


@pytest.mark.parametrize(
    ("beginning", "told"), [("<s>", "not from <s>"), (None, "there is no BOS token")]
)
def test_which_token_texts_start_from_is_told_once(
    beginning: str | None, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    model, tokenizer = planted_model()
    tokenizer.bos_token = beginning
    few = replace(SETTINGS, seeds=2, max_new_tokens=2, other_k=())
    tables = steer(model, tokenizer, planted_concepts(), HELDOUT, few, ExpertSettings())
    said = capsys.readouterr().err
    assert said.count("texts start from </s>") == 1
    assert told in said
    assert set(tables.texts["start"]) == {"</s>"}


def test_concepts_steered_one_by_one_give_what_they_give_together(tables: SteeringTables) -> None:
    model, tokenizer = planted_model()
    concepts = planted_concepts()
    names = steering_parts(concepts, SETTINGS)
    assert names == [None, *CONCEPTS]
    made = {
        name: steer_part(
            model, tokenizer, concepts, list(HELDOUT), SETTINGS, ExpertSettings(), name
        )
        for name in reversed(names)
    }
    joined = bring_together([made[name] for name in names], HELDOUT, SETTINGS)
    assert_frame_equal(joined.texts, tables.texts)
    assert_frame_equal(joined.scores, tables.scores)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"source_languages": ()}, "source_languages"),
        ({"concepts": 0}, "concepts"),
        ({"concepts": ("dog", "dog")}, "concepts"),
        ({"seeds": 0}, "seeds"),
        ({"other_k": (500,)}, "other_k"),
        ({"factors": ()}, "factors"),
        ({"temperature": 0.0}, "temperature"),
        ({"top_p": 1.5}, "top_p"),
    ],
)
def test_settings_out_of_range_are_named(wrong: dict[str, object], field: str) -> None:
    with pytest.raises(UserError, match=f"steering.{field}: "):
        replace(SteeringSettings(), **wrong)  # type: ignore[arg-type]
