"""Small random models and a word tokenizer, made without any file."""

from typing import Any

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    AutoModelForCausalLM,
    BloomConfig,
    GPT2Config,
    GPTNeoXConfig,
    LlamaConfig,
    MistralConfig,
    OPTConfig,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    Qwen2Config,
    XGLMConfig,
)

VOCABULARY = 60
_SIZES: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
}
_IDS: dict[str, Any] = {"bos_token_id": 0, "pad_token_id": 1, "eos_token_id": 2}

CONFIGS: dict[str, PreTrainedConfig] = {
    "xglm": XGLMConfig(
        vocab_size=VOCABULARY, d_model=16, num_layers=2, attention_heads=2, ffn_dim=24,
        max_position_embeddings=160,
    ),
    "gpt2": GPT2Config(vocab_size=VOCABULARY, n_embd=16, n_layer=2, n_head=2, **_IDS),
    "bloom": BloomConfig(vocab_size=VOCABULARY, hidden_size=16, n_layer=2, n_head=2, **_IDS),
    "llama": LlamaConfig(
        **_SIZES, **_IDS, hidden_size=16, num_key_value_heads=1, intermediate_size=24
    ),
    "mistral": MistralConfig(
        **_SIZES, **_IDS, hidden_size=16, num_key_value_heads=1, intermediate_size=24
    ),
    "neox": GPTNeoXConfig(**_SIZES, **_IDS, hidden_size=16, intermediate_size=24),
    "opt": OPTConfig(
        **_SIZES, **_IDS, hidden_size=16, ffn_dim=24, word_embed_proj_dim=16
    ),
    "qwen": Qwen2Config(
        **_SIZES, **_IDS, hidden_size=16, num_key_value_heads=1, intermediate_size=24
    ),
}  # fmt: skip


def tiny_model(family: str = "xglm", seed: int = 0) -> PreTrainedModel:
    """A random model in eval mode; weights large enough for every unit to respond."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = AutoModelForCausalLM.from_config(CONFIGS[family])
        assert isinstance(model, PreTrainedModel)
        with torch.no_grad():
            for parameter in model.parameters():
                if parameter.ndim > 1:
                    parameter.normal_(std=0.3)
    model.eval()
    return model


def word_tokenizer(words: list[str]) -> PreTrainedTokenizerFast:
    """One token a word, split at spaces, behind XGLM's four special tokens; prefix `</s>`."""
    tokens = ["<s>", "<pad>", "</s>", "<unk>", *words]
    inner = Tokenizer(models.WordLevel({word: row for row, word in enumerate(tokens)}, "<unk>"))
    inner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    inner.post_processor = processors.TemplateProcessing(
        single="</s> $A", special_tokens=[("</s>", 2)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=inner,
        bos_token="<s>",
        pad_token="<pad>",
        eos_token="</s>",
        unk_token="<unk>",
    )


WORDS = [f"w{number}" for number in range(VOCABULARY - 4)]
