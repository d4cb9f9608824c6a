import json
from pathlib import Path

import pandas as pd
import pytest

from analysis.errors import UserError
from analysis.text.sources import SourceSettings, open_source


def settings(folder: Path, **changes: object) -> SourceSettings:
    values: dict[str, object] = {
        "kind": "hub",
        "hub_dataset": f"{folder}/{{language}}",
        "hub_datasets": {},
        "hub_config": None,
        **changes,
    }
    return SourceSettings(**values)  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sw").mkdir()
    lines = [json.dumps({"text": f"hati {n}", "id": n}) for n in range(5)]
    (tmp_path / "sw" / "train.jsonl").write_text("\n".join([*lines, '{"text": " ", "id": 9}']))
    (tmp_path / "en").mkdir()
    for part in range(2):
        texts = [f"document {part} {n}" for n in range(3)]
        pd.DataFrame({"text": texts, "url": "u"}).to_parquet(
            tmp_path / "en" / f"train-0000{part}-of-00002.parquet"
        )
    return tmp_path


def message(settings: SourceSettings, language: str) -> str:
    with pytest.raises(UserError) as caught:
        list(open_source(settings, [language]).documents(language))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_streams_local_data_sets(folder: Path) -> None:
    source = open_source(settings(folder), ["sw", "en"])
    for _ in range(2):
        assert list(source.documents("sw")) == [f"hati {n}" for n in range(5)]
    assert list(source.documents("en")) == [f"document {p} {n}" for p in range(2) for n in range(3)]


def test_a_language_may_have_a_data_set_of_its_own(folder: Path) -> None:
    chosen = settings(folder, hub_dataset="owner/none", hub_datasets={"en": f"{folder}/en"})
    assert next(open_source(chosen, ["en"]).documents("en")) == "document 0 0"


def test_configurations_are_chosen_by_name(folder: Path) -> None:
    (folder / "sw" / "README.md").write_text(
        "---\nconfigs:\n- config_name: swh_Latn\n  data_files: train.jsonl\n"
        "- config_name: other\n  data_files: none.jsonl\n---\n"
    )
    chosen = settings(folder, hub_config="{fineweb}")
    assert next(open_source(chosen, ["sw"]).documents("sw")) == "hati 0"
    assert "swh_Latn" in message(settings(folder, hub_config="x_{language}"), "sw")


def test_each_fault_is_one_line_with_its_place(folder: Path) -> None:
    assert f"{folder}/fr: holds no data files" in message(settings(folder), "fr")
    (folder / "fr").mkdir()
    assert f"{folder}/fr: holds no data files" in message(settings(folder), "fr")
    told = message(settings(folder, hub_config="spa"), "sw")
    assert f"{folder}/sw (spa): no such configuration" in told
    assert f"{folder}/sw: no split 'test'" in message(settings(folder, hub_split="test"), "sw")
    told = message(settings(folder, text_field="body"), "en")
    assert f"{folder}/en: no column 'body'; set source.text_field to one of: text url" in told
    (folder / "fr" / "train.jsonl").write_text('{"text": "a"}\n{"text": null}\n')
    assert f"{folder}/fr, row 1: column 'text' holds NoneType" in message(settings(folder), "fr")
    (folder / "fr" / "train.jsonl").write_text('{"text": " "}\n')
    assert f"{folder}/fr: the data set holds no document" in message(settings(folder), "fr")


def test_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    import datasets

    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    told = message(SourceSettings(kind="hub"), "es")
    assert "HuggingFaceFW/fineweb-2 (spa_Latn): cannot be reached" in told
    assert "HF_HUB_OFFLINE is set" in told


def test_defaults_name_fineweb() -> None:
    from analysis.text.hub import HubSource

    source = HubSource(SourceSettings(kind="hub"), ["en", "zh"])
    assert source._name("en") == "HuggingFaceFW/fineweb (sample-100BT)"
    assert source._name("zh") == "HuggingFaceFW/fineweb-2 (cmn_Hani)"


def test_fingerprint_names_the_text(folder: Path) -> None:
    def digest(**changes: object) -> str:
        return open_source(settings(folder, **changes), ["sw"]).fingerprint("sw")

    first = digest()
    assert digest() == first
    assert digest(hub_split="test") != first
    assert digest(text_field="id") != first
    (folder / "sw" / "train.jsonl").write_text('{"text": "other"}\n')
    assert digest() != first
    hub = SourceSettings(kind="hub", hub_revisions={"HuggingFaceFW/fineweb-2": "abc"})
    plain = SourceSettings(kind="hub")
    assert open_source(hub, ["sw"]).fingerprint("sw") != open_source(plain, ["sw"]).fingerprint(
        "sw"
    )
