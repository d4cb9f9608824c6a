import random
from collections.abc import Callable
from pathlib import Path

import pytest
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from analysis.text.sources import SourceSettings
from train.data.settings import DataSettings, TokenizerSettings


def save_bytes_tokenizer(folder: Path, vocabulary_size: int = 260) -> None:
    """A tokenizer of one token per byte of UTF-8, so that every count is known."""
    specials = ["<s>", "<pad>", "</s>", "<unk>"]
    tokens = specials + sorted(pre_tokenizers.ByteLevel.alphabet())
    # Entries that no text yields come before those of the bytes.
    tokens[4:4] = [f"never {n}" for n in range(vocabulary_size - len(tokens))]
    backend = Tokenizer(models.BPE({token: n for n, token in enumerate(tokens)}, []))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    backend.add_special_tokens([AddedToken(token, special=True) for token in specials])
    PreTrainedTokenizerFast(
        tokenizer_object=backend, bos_token="<s>", eos_token="</s>", pad_token="<pad>"
    ).save_pretrained(folder)


@pytest.fixture(scope="session")
def bytes_tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tokenizer")
    save_bytes_tokenizer(folder)
    return folder


@pytest.fixture(scope="session")
def texts() -> dict[str, list[str]]:
    """Documents of three languages, some longer than a piece, some with copies."""
    rng = random.Random(7)
    words = {"en": "the cat sat on mats", "sw": "paka alikaa juu ya mkeka", "zh": "猫 坐在 垫子 上"}
    texts = {}
    for language, number in (("en", 600), ("sw", 300), ("zh", 200)):
        documents = [
            " ".join(rng.choices(words[language].split(), k=rng.randint(3, 60))) + f" {n}"
            for n in range(number)
        ]
        documents[5] = "\n".join(documents[100:150]) * 9
        documents[7] = "a text that says </s> and <pad>"
        documents[20:23] = documents[30:33]
        texts[language] = documents
    return texts


@pytest.fixture(scope="session")
def corpus(texts: dict[str, list[str]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    for language, documents in texts.items():
        (folder / f"{language}.txt").write_text("\n\n".join(documents), encoding="utf-8")
    return folder


Settings = Callable[..., DataSettings]


@pytest.fixture(scope="session")
def settings(corpus: Path, bytes_tokenizer: Path) -> Settings:
    def make(**changes: object) -> DataSettings:
        values: dict[str, object] = {
            "languages": ["en", "sw", "zh"],
            "source": SourceSettings(kind="files", files=f"{corpus}/{{language}}.txt"),
            "tokenizer": TokenizerSettings(path=str(bytes_tokenizer)),
            "block_size": 64,
            "heldout_share": 0.1,
            "heldout_documents": 12,
            "workers": 1,
            **changes,
        }
        return DataSettings(**values)  # type: ignore[arg-type]

    return make
