import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from analysis.checkpoints.manifest import (
    NAME,
    VERSIONED,
    Manifest,
    distinct,
    equal_weights,
    read_manifest,
    settings_fingerprint,
    verify,
    weights_fingerprint,
    write_manifest,
)
from analysis.errors import UserError
from analysis.files import sha256


def checkpoint(folder: Path, step: int = 8, weights: str = "w") -> Manifest:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(bytes(range(256)) * 8)
    tokens = {"en": 70, "es": 30}
    return write_manifest(
        folder, step=step, tokens_per_language=tokens, weights=weights, data="d", config="c"
    )


def test_a_manifest_says_what_the_folder_holds(tmp_path: Path) -> None:
    manifest = checkpoint(tmp_path / "a")
    assert (manifest.step, manifest.tokens) == (8, 100)
    assert manifest.tokens_per_language == {"en": 70, "es": 30}
    assert (manifest.weights, manifest.data, manifest.config) == ("w", "d", "c")
    assert manifest.files == {
        name: sha256(tmp_path / "a" / name) for name in ("config.json", "model.safetensors")
    }
    assert (
        manifest.versions["torch"] == torch.__version__.split("+")[0]
        or manifest.versions["torch"] == torch.__version__
    )
    assert set(manifest.versions) == set(VERSIONED)
    assert read_manifest(tmp_path / "a") == verify(tmp_path / "a") == manifest


def test_writing_again_does_not_hash_the_manifest_itself(tmp_path: Path) -> None:
    first = checkpoint(tmp_path / "a")
    second = write_manifest(
        tmp_path / "a", step=9, tokens_per_language={}, weights="w", data="d", config="c"
    )
    assert second == replace(first, step=9, tokens=0, tokens_per_language={})
    verify(tmp_path / "a")


def test_a_folder_without_manifest_is_no_checkpoint(tmp_path: Path) -> None:
    checkpoint(tmp_path / "a")
    (tmp_path / "a" / NAME).unlink()
    with pytest.raises(UserError, match="not a whole checkpoint") as caught:
        verify(tmp_path / "a")
    assert caught.value.where == str(tmp_path / "a")
    with pytest.raises(UserError, match="no such folder"):
        verify(tmp_path / "b")


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_one_changed_byte_is_found(tmp_path: Path, name: str) -> None:
    checkpoint(tmp_path / "a")
    path = tmp_path / "a" / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(UserError, match="damaged") as caught:
        verify(tmp_path / "a")
    assert caught.value.where == str(path)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    checkpoint(tmp_path / "a")
    (tmp_path / "a" / name).unlink()
    with pytest.raises(UserError, match="missing") as caught:
        verify(tmp_path / "a")
    assert caught.value.where == str(tmp_path / "a" / name)


def test_a_manifest_that_is_cut_off_anywhere_is_damaged(tmp_path: Path) -> None:
    checkpoint(tmp_path / "a")
    path = tmp_path / "a" / NAME
    content = path.read_bytes()
    for end in range(0, len(content) - 2, 37):
        path.write_bytes(content[:end])
        with pytest.raises(UserError, match="damaged manifest") as caught:
            read_manifest(tmp_path / "a")
        assert caught.value.where == str(path)


@pytest.mark.parametrize("content", [b"[]", b"3", b'{"step": 1}', b"\xff\xfe", b"null"])
def test_what_is_no_manifest_is_damaged(tmp_path: Path, content: bytes) -> None:
    checkpoint(tmp_path / "a")
    (tmp_path / "a" / NAME).write_bytes(content)
    with pytest.raises(UserError, match="damaged manifest"):
        read_manifest(tmp_path / "a")


def test_an_unknown_field_is_damaged(tmp_path: Path) -> None:
    checkpoint(tmp_path / "a")
    path = tmp_path / "a" / NAME
    path.write_text(json.dumps(json.loads(path.read_text()) | {"mood": 1}))
    with pytest.raises(UserError, match="mood"):
        read_manifest(tmp_path / "a")


def test_steps_with_equal_weights_are_flagged(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in "abcde"]
    for step, (folder, weights) in enumerate(zip(folders, "xyxzx", strict=True)):
        checkpoint(folder, step, weights)
    a, _, c, _, e = folders
    assert equal_weights(folders) == [(0, str(a), str(c)), (0, str(a), str(e))]
    assert equal_weights([folders[1], folders[3]]) == []


def test_the_same_step_is_no_pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a, other_run, later = (tmp_path / name for name in "abc")
    for folder, step in ((a, 0), (other_run, 0), (later, 5)):
        checkpoint(folder, step, "x")
    monkeypatch.chdir(tmp_path)
    assert equal_weights([a, Path("a"), other_run, tmp_path / "b" / ".." / "a"]) == []
    assert distinct([a, other_run, Path("a")]) == [a, other_run]
    assert equal_weights([a, other_run, later, Path("c")]) == [(0, str(a), str(later))]


def weights() -> dict[str, torch.Tensor]:
    return {
        "a": torch.arange(6.0).reshape(2, 3),
        "b": torch.tensor(1.5),
        "c": torch.zeros(0, 4),
        "d": torch.ones(4, dtype=torch.bfloat16),
        "e": torch.tensor([True, False]),
    }


def test_a_fingerprint_does_not_see_order_or_layout() -> None:
    first = weights_fingerprint(weights())
    assert weights_fingerprint(dict(reversed(weights().items()))) == first
    spread = torch.arange(12.0).reshape(2, 6)[:, ::2]
    turned = torch.arange(6.0).reshape(2, 3).T.contiguous().T
    assert not spread.is_contiguous()
    assert not turned.is_contiguous()
    for same in (turned, torch.nn.Parameter(weights()["a"])):
        assert weights_fingerprint(weights() | {"a": same}) == first
    dense = weights() | {"a": spread.clone(memory_format=torch.contiguous_format)}
    assert weights_fingerprint(weights() | {"a": spread}) == weights_fingerprint(dense)


def test_a_fingerprint_sees_name_type_shape_and_value() -> None:
    base = weights()
    renamed = {("z" if name == "a" else name): value for name, value in base.items()}
    moved = base | {"a": base["a"].clone()}
    moved["a"][1, 2] = torch.nextafter(moved["a"][1, 2], torch.tensor(9.0))
    variants = [
        base,
        renamed,
        moved,
        base | {"a": base["a"].reshape(3, 2)},
        base | {"a": base["a"].flatten()},
        base | {"a": base["a"].T},
        base | {"a": base["a"].view(torch.int32)},
        base | {"a": base["a"].double()},
        base | {"a": -base["a"]},
        base | {"b": torch.tensor([1.5])},
        base | {"c": torch.zeros(4, 0)},
        base | {"d": base["d"].half()},
        {name: value for name, value in base.items() if name != "c"},
        {},
    ]
    assert len({weights_fingerprint(variant) for variant in variants}) == len(variants)
    signed = {"a": torch.tensor([0.0])}, {"a": torch.tensor([-0.0])}
    assert weights_fingerprint(signed[0]) != weights_fingerprint(signed[1])


@given(st.integers(0, 5), st.integers(0, 7), st.integers(0, 6))
def test_a_fingerprint_sees_every_single_bit(row: int, bit: int, byte: int) -> None:
    base = torch.arange(42, dtype=torch.uint8).reshape(6, 7)
    other = base.clone()
    other[row, byte] ^= 1 << bit
    assert weights_fingerprint({"a": base}) != weights_fingerprint({"a": other})


def test_settings_have_a_fingerprint_of_their_values() -> None:
    base = {"k": 3, "path": Path("a"), "inner": {"x": 1.5, "y": None}}
    same = {"inner": {"y": None, "x": 1.5}, "path": "a", "k": 3}
    assert settings_fingerprint(base) == settings_fingerprint(same)
    for other in ({"k": 4}, {"path": Path("b")}, {"inner": {"x": 1.5}}, {"k": "3"}):
        assert settings_fingerprint(base | other) != settings_fingerprint(base)
