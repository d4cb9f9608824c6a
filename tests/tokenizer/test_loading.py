import json
from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import BertTokenizer, PreTrainedTokenizerFast

from analysis.errors import UserError
from tests.tokenizer.sentences import SENTENCES
from tokenizer.loading import decode, encode, fingerprint, load_tokenizer
from tokenizer.train import save_tokenizer, train_tokenizer


def _words(*, eos: str | None = "[SEP]") -> PreTrainedTokenizerFast:
    backend = Tokenizer(models.WordLevel({"[UNK]": 0, "[SEP]": 1, "a": 2}, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return PreTrainedTokenizerFast(tokenizer_object=backend, unk_token="[UNK]", eos_token=eos)


def test_any_tokenizer_opens_and_text_stays_text(tmp_path: Path) -> None:
    _words().save_pretrained(tmp_path)
    opened = load_tokenizer(str(tmp_path))
    assert encode(opened, "a b") == [2, 0]
    # Without split_special_tokens this would be the end mark, id 1.
    assert opened("a [SEP]")["input_ids"] == [2, 1]
    assert encode(opened, "a [SEP]") == [2, 0, 0, 0]
    assert decode(opened, [2, 1]) == "a [SEP]"


def test_what_surrounds_a_text_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n")
    bert = BertTokenizer(vocab=str(tmp_path / "vocab.txt"), eos_token="[SEP]")
    assert bert("a")["input_ids"] != encode(bert, "a")
    assert encode(bert, "a") == [bert.convert_tokens_to_ids("a")]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no/such/folder", "no such folder"),
        ("./missing", "no such folder"),
        ("owner/no-such-model", "cannot be opened"),
    ],
)
def test_missing_tokenizers(name: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(UserError, match=message) as error:
        load_tokenizer(name)
    assert "\n" not in str(error.value)


def test_folders_without_a_usable_tokenizer(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no tokenizer"):
        load_tokenizer(tmp_path)
    file = tmp_path / "tokenizer.json"
    file.write_text("{")
    with pytest.raises(UserError, match="this is a file"):
        load_tokenizer(file)
    with pytest.raises(UserError, match="cannot be opened"):
        load_tokenizer(tmp_path)
    config = '{"tokenizer_class": "XGLMTokenizer", "eos_token": "</s>"}'
    (tmp_path / "hollow").mkdir()
    (tmp_path / "hollow" / "tokenizer_config.json").write_text(config)
    with pytest.raises(UserError, match="the tokenizer is empty"):
        load_tokenizer(tmp_path / "hollow")
    _words(eos=None).save_pretrained(tmp_path / "endless")
    with pytest.raises(UserError, match="no end-of-text token"):
        load_tokenizer(tmp_path / "endless")


def test_fingerprint_sees_scores_and_special_tokens(
    small: PreTrainedTokenizerFast, tmp_path: Path
) -> None:
    save_tokenizer(small, tmp_path)
    original = fingerprint(small)
    assert original == fingerprint(load_tokenizer(tmp_path))
    file = tmp_path / "tokenizer.json"
    text = file.read_text()
    contents = json.loads(text)
    contents["model"]["vocab"][300][1] -= 0.5
    file.write_text(json.dumps(contents))
    assert fingerprint(load_tokenizer(tmp_path)) != original
    file.write_text(text)
    config = tmp_path / "tokenizer_config.json"
    config.write_text(config.read_text().replace('"eos_token": "</s>"', '"eos_token": "<pad>"'))
    assert fingerprint(load_tokenizer(tmp_path)) != original
    other = train_tokenizer(SENTENCES["en"], 294, progress=False)
    assert fingerprint(other) != original
