"""Small tokenizers and models for the tests of the analyses."""

from collections.abc import Sequence

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedModel, PreTrainedTokenizerFast, XGLMConfig, XGLMForCausalLM

SPECIALS = ("<s>", "<pad>", "</s>", "<unk>")


def byte_tokenizer() -> PreTrainedTokenizerFast:
    """One token per UTF-8 byte, 260 in all."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: place for place, token in enumerate([*SPECIALS, *alphabet])}
    tokenizer = Tokenizer(models.BPE(vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    return _wrap(tokenizer)


def word_tokenizer(words: Sequence[str]) -> PreTrainedTokenizerFast:
    """One token per word between spaces; others are <unk>."""
    vocabulary = {token: place for place, token in enumerate([*SPECIALS, *words])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return _wrap(tokenizer)


def tiny_xglm(vocabulary: int = 260, *, layers: int = 2, width: int = 16) -> PreTrainedModel:
    """A random XGLM in evaluation mode, whose weights are large enough to matter."""
    torch.manual_seed(0)
    config = XGLMConfig(
        vocab_size=vocabulary,
        d_model=width,
        ffn_dim=2 * width,
        num_layers=layers,
        attention_heads=2,
        max_position_embeddings=64,
        init_std=0.2,
    )
    model: PreTrainedModel = XGLMForCausalLM(config)
    model.eval()
    return model


def _wrap(tokenizer: Tokenizer) -> PreTrainedTokenizerFast:
    bos, pad, eos, unk = SPECIALS
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token=bos, pad_token=pad, eos_token=eos, unk_token=unk
    )
