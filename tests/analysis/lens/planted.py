"""A small XGLM that thinks in English: which language each depth puts forward is known.

Words are orthogonal, and the head is the table of words. At depth 0 a word's own direction leads.
At a language's own word the first block adds, far larger, the direction of an English word, the
pivot, and the second block, as much larger again, that of an own word of the language. Shared words
pass as they are.
"""

import numpy as np
import torch
from transformers import PreTrainedTokenizerFast, XGLMConfig, XGLMForCausalLM

from tests.analysis.tiny import word_tokenizer

LANGUAGES = ("en", "es", "zh", "sw")
OWN, SHARED, HIDDEN = 3, 10, 128


def own_words(language: str) -> list[str]:
    return [f"{language}{number}" for number in range(OWN)]


def shared_words() -> list[str]:
    return [f"word{number}" for number in range(SHARED)]


def planted_model() -> tuple[XGLMForCausalLM, PreTrainedTokenizerFast]:
    tokenizer = word_tokenizer(
        [word for language in LANGUAGES for word in own_words(language)] + shared_words()
    )
    config = XGLMConfig(
        vocab_size=len(tokenizer), d_model=HIDDEN, num_layers=2, attention_heads=2,
        ffn_dim=len(LANGUAGES), max_position_embeddings=64, activation_function="relu",
    )  # fmt: skip
    model = XGLMForCausalLM(config).eval()
    generator = torch.Generator().manual_seed(0)
    # Orthogonal to the vector of ones, so that a norm's centring leaves them as they are.
    columns = torch.randn(HIDDEN, 1 + len(tokenizer), generator=generator)
    columns[:, 0] = 1
    frame = torch.linalg.qr(columns)[0][:, 1:]
    with torch.no_grad():
        model.model.embed_tokens.weight.copy_(20 * frame.T)
        for layer, target in enumerate(("en", None)):
            block = model.get_submodule(f"model.layers.{layer}")
            block.get_submodule("self_attn.out_proj").get_parameter("weight").zero_()
            fc1, fc2 = block.get_submodule("fc1"), block.get_submodule("fc2")
            # Past a norm a word has length 11.3, but 1 behind a pivot eleven times as long.
            fc1.get_parameter("bias").fill_(-0.4)
            for unit, language in enumerate(LANGUAGES):
                detected = [word for word in own_words(language) if word != "en0"]
                ids = tokenizer.convert_tokens_to_ids(detected)
                fc1.get_parameter("weight")[unit] = frame[:, ids].sum(dim=1)
                word = tokenizer.convert_tokens_to_ids(f"{target or language}0")
                strength = 2_500 / 11 if target else 100_000
                fc2.get_parameter("weight")[:, unit] = strength * frame[:, word]
    return model, tokenizer


def documents(seed: int = 0) -> dict[str, list[str]]:
    """Thirty documents a language: own words, and as many shared ones; the pivot in English too."""
    rng = np.random.default_rng(seed)
    return {
        language: [
            " ".join(
                rng.permutation(
                    [
                        *rng.choice(own_words(language), size=size),
                        *rng.choice(shared_words(), size=size),
                    ]
                )
            )
            for size in rng.integers(5, 20, size=30)
        ]
        for language in LANGUAGES
    }
