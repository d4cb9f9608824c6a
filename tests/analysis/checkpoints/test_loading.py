import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers.processors import TemplateProcessing
from transformers import ByT5Tokenizer, PreTrainedModel

from analysis.checkpoints.loading import find_checkpoints, load, open_checkpoint, step_folder
from analysis.checkpoints.manifest import NAME, weights_fingerprint, write_manifest
from analysis.errors import UserError
from analysis.files import UNFINISHED
from analysis.tokens import document_start
from tests.analysis.tiny import byte_tokenizer, tiny_xglm

WEIGHTS = "model.safetensors"
ONE = "model.layers.0.fc1.weight"


def saved(folder: Path, change: Callable[[Path], None] = lambda _: None) -> Path:
    """A whole checkpoint of the tiny XGLM, changed before its manifest is written."""
    model = tiny_xglm()
    model.save_pretrained(folder)
    byte_tokenizer().save_pretrained(folder)
    change(folder)
    write_manifest(
        folder,
        step=4,
        tokens_per_language={"en": 10},
        weights=weights_fingerprint(model.state_dict()),
        data="d",
        config="c",
    )
    return folder


def edit(folder: Path, name: str, **values: object) -> None:
    path = folder / name
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def edit_weights(folder: Path, change: Callable[[dict[str, torch.Tensor]], object]) -> None:
    weights = load_file(folder / WEIGHTS)
    change(weights)
    save_file(weights, folder / WEIGHTS, metadata={"format": "pt"})


def test_a_checkpoint_opens_as_it_was_saved(tmp_path: Path) -> None:
    opened = open_checkpoint(saved(tmp_path / "a"))
    expected = tiny_xglm()
    assert type(opened.model) is type(expected)
    assert not opened.model.training
    state = opened.model.state_dict()
    assert {value.dtype for value in opened.model.parameters()} == {torch.float32}
    assert weights_fingerprint(state) == weights_fingerprint(expected.state_dict())
    assert weights_fingerprint(state) == opened.weights
    ids = opened.tokenizer("naïve ع")["input_ids"]
    assert ids == byte_tokenizer()("naïve ع")["input_ids"]
    with torch.no_grad():
        tokens = torch.tensor([ids])
        assert torch.equal(opened.model(tokens).logits, expected(tokens).logits)


def test_weights_in_half_precision_are_analysed_in_fp32(tmp_path: Path) -> None:
    def halve(folder: Path) -> None:
        tiny_xglm().to(torch.bfloat16).save_pretrained(folder)  # type: ignore[arg-type]

    model = open_checkpoint(saved(tmp_path / "a", halve)).model
    assert {value.dtype for value in model.parameters()} == {torch.float32}
    expected = tiny_xglm().state_dict()[ONE].bfloat16().float()
    assert torch.equal(model.state_dict()[ONE], expected)


def test_a_damaged_file_is_found_before_it_is_opened(tmp_path: Path) -> None:
    folder = saved(tmp_path / "a")
    path = folder / WEIGHTS
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(UserError, match="damaged") as caught:
        open_checkpoint(folder)
    assert caught.value.where == str(path)


def code_of_its_own(model_type: str) -> Callable[[Path], None]:
    """Code that writes a file when it is run, in the way that checkpoints on the Hub carry it."""

    def change(folder: Path) -> None:
        (folder / "own.py").write_text(
            f"open({str(folder.parent / 'ran')!r}, 'w').close()\n"
            "from transformers import PreTrainedTokenizerFast as T, XGLMConfig as C\n"
            "from transformers import XGLMForCausalLM as M\n"
        )
        classes = {"AutoConfig": "own.C", "AutoModelForCausalLM": "own.M"}
        edit(folder, "config.json", auto_map=classes, model_type=model_type)
        edit(
            folder,
            "tokenizer_config.json",
            auto_map={"AutoTokenizer": ["own.T", "own.T"]},
            tokenizer_class="T",
        )

    return change


def test_a_checkpoints_own_code_is_never_run(tmp_path: Path) -> None:
    opened = open_checkpoint(saved(tmp_path / "known", code_of_its_own("xglm")))
    assert type(opened.model).__module__.startswith("transformers.")
    assert type(opened.tokenizer).__module__.startswith("transformers.")
    with pytest.raises(UserError, match="transformers cannot open it"):
        open_checkpoint(saved(tmp_path / "unknown", code_of_its_own("own")))
    assert not (tmp_path / "ran").exists()


def test_a_configuration_chooses_no_code_to_compute_attention_with(tmp_path: Path) -> None:
    def change(folder: Path) -> None:
        edit(folder, "config.json", attn_implementation="someone/attention")

    opened = open_checkpoint(saved(tmp_path / "a", change))
    ours = tiny_xglm().config._attn_implementation
    assert opened.model.config._attn_implementation == ours


class Trap:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("harmless", [True, False])
def test_pickled_weights_are_refused(tmp_path: Path, harmless: bool) -> None:
    def pickle(folder: Path) -> None:
        weights: dict[str, object] = dict(load_file(folder / WEIGHTS))
        if not harmless:
            weights["trap"] = Trap(tmp_path / "ran")
        torch.save(weights, folder / "pytorch_model.bin")
        (folder / WEIGHTS).unlink()

    folder = saved(tmp_path / "a", pickle)
    with pytest.raises(UserError, match="transformers cannot open it") as caught:
        open_checkpoint(folder)
    assert caught.value.where == str(folder)
    assert not (tmp_path / "ran").exists()


def garbage(folder: Path) -> None:
    (folder / WEIGHTS).write_bytes(b"x" * 100)


def no_weight(folder: Path) -> None:
    edit_weights(folder, lambda weights: weights.pop(ONE))


def other_shape(folder: Path) -> None:
    edit_weights(folder, lambda weights: weights.update({ONE: torch.zeros(3, 3)}))


def no_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer_config.json").unlink()


def made_up_tokenizer(folder: Path) -> None:
    """What is left when the file of the vocabulary was not copied."""
    (folder / "tokenizer.json").unlink()
    edit(folder, "tokenizer_config.json", tokenizer_class="XGLMTokenizer")


def bad_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").write_text('{"version": "1.0"}')


def no_config(folder: Path) -> None:
    (folder / "config.json").unlink()


def bad_config(folder: Path) -> None:
    edit(folder, "config.json", d_model="wide")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (garbage, "transformers cannot open it"),
        (no_weight, f"1 weights are missing \\({ONE}"),
        (other_shape, "transformers cannot open it"),
        (no_tokenizer, "no tokenizer in it"),
        (made_up_tokenizer, "no tokenizer in it"),
        (bad_tokenizer, "transformers cannot open it"),
        (no_config, "transformers cannot open it"),
        (bad_config, "transformers cannot open it"),
    ],
)
def test_what_cannot_be_opened_is_named(
    tmp_path: Path, change: Callable[[Path], None], message: str
) -> None:
    folder = saved(tmp_path / "a", change)
    with pytest.raises(UserError, match=message) as caught:
        open_checkpoint(folder)
    assert caught.value.where == str(folder)


@pytest.mark.parametrize("kind", ["vocab.txt", "no vocabulary"])
def test_any_kind_of_tokenizer_will_do(tmp_path: Path, kind: str) -> None:
    def other_tokenizer(folder: Path) -> None:
        no_tokenizer(folder)
        if kind == "no vocabulary":
            ByT5Tokenizer().save_pretrained(folder)
            return
        words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "one", "two"]
        (folder / "vocab.txt").write_text("\n".join(words) + "\n")
        (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "BertTokenizer"}')

    opened = open_checkpoint(saved(tmp_path / "a", other_tokenizer))
    assert opened.tokenizer.decode(opened.tokenizer("two")["input_ids"][-2]) in ("two", "o")


def test_its_documents_are_read_behind_end_of_text_as_they_were_packed(tmp_path: Path) -> None:
    def begins_with_bos(folder: Path) -> None:
        tokenizer = byte_tokenizer()
        tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
            single="<s> $A", special_tokens=[("<s>", 0)]
        )
        tokenizer.save_pretrained(folder)

    folder = saved(tmp_path / "a", begins_with_bos)
    assert document_start(open_checkpoint(folder).tokenizer) == 2
    foreign = load(folder, "cpu", use_safetensors=True)[1]
    assert document_start(foreign) == 0


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (torch.OutOfMemoryError("CUDA out of memory"), "ran out of memory .* more memory"),
        (RuntimeError("CUBLAS_STATUS_ALLOC_FAILED"), "ran out of memory .* more memory"),
        (RuntimeError("no such driver"), r"cannot be moved to 'cpu' \(no such driver\)"),
        (AssertionError("no CUDA"), r"cannot be moved to 'cpu' \(no CUDA\)"),
    ],
)
def test_a_device_that_will_not_do_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, message: str
) -> None:
    def fail(*_: object) -> None:
        raise error

    folder = saved(tmp_path / "a")
    monkeypatch.setattr(PreTrainedModel, "to", fail)
    with pytest.raises(UserError, match=message) as caught:
        open_checkpoint(folder)
    assert caught.value.where == str(folder)


def test_checkpoints_of_a_run_are_found_in_the_order_of_steps(tmp_path: Path) -> None:
    steps = [5000, 0, 131072, 64]
    for step in steps:
        folder = step_folder(tmp_path, step)
        folder.mkdir(parents=True)
        (folder / NAME).touch()
    (tmp_path / "checkpoints" / "step-00000007").mkdir()  # without a manifest
    killed = step_folder(tmp_path, 8).with_name(f"step-00000008.123{UNFINISHED}")
    killed.mkdir()
    (killed / NAME).touch()
    found = find_checkpoints(tmp_path)
    assert [folder.name for folder in found] == [
        "step-00000000", "step-00000064", "step-00005000", "step-00131072",
    ]  # fmt: skip
    assert find_checkpoints(found[1]) == [found[1]]


def test_a_folder_without_checkpoints_is_named(tmp_path: Path) -> None:
    for target in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(UserError, match="no checkpoint here"):
            find_checkpoints(target)
