import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import datasets
import httpx
import httpx2
import pandas as pd
import pytest
import requests
from huggingface_hub.errors import LocalEntryNotFoundError

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
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    told = message(SourceSettings(kind="hub"), "es")
    assert "HuggingFaceFW/fineweb-2 (spa_Latn): cannot be reached" in told
    assert "HF_HUB_OFFLINE is set" in told


def closed_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
        return port


def test_an_endpoint_that_does_not_answer(tmp_path: Path) -> None:
    """In a process of its own, since the libraries read their endpoint when imported."""
    program = (
        "import sys, time\n"
        "time.sleep = lambda seconds: None\n"  # between the clients' attempts
        "from analysis.errors import run_command\n"
        "from analysis.text.sources import SourceSettings, open_source\n"
        "def main(argv):\n"
        "    next(open_source(SourceSettings(kind='hub'), ['es']).documents('es'))\n"
        "sys.exit(run_command(main, []))\n"
    )
    environment = {
        **{name: value for name, value in os.environ.items() if name != "HF_HUB_OFFLINE"},
        "HF_ENDPOINT": f"http://127.0.0.1:{closed_port()}",
        "HF_HOME": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True,
        check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    last = done.stderr.splitlines()[-1]
    assert last.startswith("error: HuggingFaceFW/fineweb-2 (spa_Latn): cannot be reached (")
    assert last.endswith("check the network, or use local files (source.kind=files)")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("[Errno 111] Connection refused"),
        httpx.ReadTimeout(""),
        httpx2.ConnectError("[Errno 111] Connection refused"),
        httpx2.ReadTimeout(""),
        requests.exceptions.ReadTimeout(),
        TimeoutError(),
        LocalEntryNotFoundError("not cached, and no connection"),
    ],
)
def test_errors_of_every_client_are_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    expected = f"{folder}/sw: cannot be reached ({str(error) or type(error).__name__})"

    def fail(*_: object, **__: object) -> None:
        raise error

    class Broken:
        """Fails while it is read."""

        column_names = None

        def __iter__(self) -> Iterator[dict[str, str]]:
            yield {"text": "first"}
            raise error

    monkeypatch.setattr(datasets, "load_dataset", fail)
    assert expected in message(settings(folder), "sw")
    monkeypatch.setattr(datasets, "load_dataset", lambda *_, **__: Broken())
    texts = open_source(settings(folder), ["sw"]).documents("sw")
    assert next(texts) == "first"
    with pytest.raises(UserError, match="check the network") as caught:
        next(texts)
    assert expected in str(caught.value)


def test_our_own_mistakes_are_not_taken_for_the_networks(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(datasets, "load_dataset", fail)
    with pytest.raises(ZeroDivisionError):
        next(open_source(settings(folder), ["sw"]).documents("sw"))


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
