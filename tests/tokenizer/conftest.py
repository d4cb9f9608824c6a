"""A small tokenizer, trained once for all tests."""

import pytest
from transformers import PreTrainedTokenizerFast

from tests.tokenizer.sentences import SENTENCES
from tokenizer.train import train_tokenizer

SMALL = 600


@pytest.fixture(scope="session")
def small() -> PreTrainedTokenizerFast:
    texts = [text for sentences in SENTENCES.values() for text in sentences] * 3
    return train_tokenizer(texts, SMALL, progress=False)
