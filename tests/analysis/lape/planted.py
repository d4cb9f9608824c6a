"""A small XGLM in which known neurons fire for known languages and all others for none.

Half the words of a document are its language's own, half are shared by all languages. A planted
neuron's row of `fc1` points along the own words of its languages; any other along some shared
words. Words are orthogonal, and blocks add nothing to them, so a neuron sees the word alone.
"""

import numpy as np
import torch
from transformers import PreTrainedTokenizerFast, XGLMConfig, XGLMForCausalLM

from tests.analysis.tiny import word_tokenizer

LANGUAGES = ("en", "es", "zh", "sw")
OWN, SHARED, WIDTH, LAYERS = 3, 40, 80, 2
PLANTED = {
    (0, 5): ("en",), (0, 11): ("es",), (0, 79): ("zh",), (1, 0): ("en",), (1, 9): ("es",),
    (1, 40): ("zh",), (1, 41): ("en", "es"), (1, 77): ("en", "es"),
}  # fmt: skip
"""(layer, unit) -> languages. The last language has no neuron, which must not be lost."""


def own_words(language: str) -> list[str]:
    return [f"{language}{number}" for number in range(OWN)]


def shared_words() -> list[str]:
    return [f"word{number}" for number in range(SHARED)]


def planted_model() -> tuple[XGLMForCausalLM, PreTrainedTokenizerFast]:
    vocabulary = [word for language in LANGUAGES for word in own_words(language)] + shared_words()
    tokenizer = word_tokenizer(vocabulary)
    config = XGLMConfig(
        vocab_size=len(tokenizer), d_model=128, num_layers=LAYERS, attention_heads=2, ffn_dim=WIDTH,
        max_position_embeddings=64,
    )  # fmt: skip
    model = XGLMForCausalLM(config).eval()
    generator = torch.Generator().manual_seed(0)
    frame, _ = torch.linalg.qr(torch.randn(128, len(tokenizer), generator=generator))

    def direction(words: list[str]) -> torch.Tensor:
        picked: torch.Tensor = frame[:, tokenizer.convert_tokens_to_ids(words)]
        return picked.sum(dim=1)

    rng = np.random.default_rng(0)
    with torch.no_grad():
        model.model.embed_tokens.weight.copy_(20 * frame.T)
        for layer in range(LAYERS):
            block = model.get_submodule(f"model.layers.{layer}")
            for name in ("self_attn.out_proj", "fc2"):
                block.get_submodule(name).get_parameter("weight").zero_()
            fc1 = block.get_submodule("fc1")
            fc1.get_parameter("bias").fill_(-5.0)  # a word's own direction gives more than 10
            for unit in range(WIDTH):
                languages = PLANTED.get((layer, unit), ())
                words = [word for language in languages for word in own_words(language)]
                some = rng.choice(shared_words(), size=rng.integers(5, 25), replace=False)
                fc1.get_parameter("weight")[unit] = direction(words or list(some))
    return model, tokenizer


def documents(*, blind: bool = False, seed: int = 0) -> dict[str, list[str]]:
    """Thirty documents a language; with `blind` all of them are of the first language."""
    rng = np.random.default_rng(seed)
    return {
        language: [
            " ".join(
                rng.permutation(
                    [
                        *rng.choice(own_words("en" if blind else language), size=size),
                        *rng.choice(shared_words(), size=size),
                    ]
                )
            )
            for size in rng.integers(5, 20, size=30)
        ]
        for language in LANGUAGES
    }
