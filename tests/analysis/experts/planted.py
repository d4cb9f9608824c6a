"""A small XGLM in which known units respond to known concepts in known languages.

Every word has an embedding orthogonal to all others', far larger than the positions. A planted
unit is a row of `fc1` that points along the four words of its concept in each of its languages.
Nothing that follows reads it (its column of `fc2` is zero), so no other unit carries the concept
by way of it.
"""

import numpy as np
import torch
from transformers import PreTrainedTokenizerFast, XGLMConfig, XGLMForCausalLM

from analysis.concepts.sets import ConceptPool, ConceptSet, concept_set
from tests.analysis.activations.tiny import word_tokenizer

LANGUAGES = ("en", "es", "zh")
CONCEPTS = ("dog", "house", "joy", "river")
SYNONYMS, FILLERS = 4, 30

SHARING = (
    (0, LANGUAGES, 2),
    (1, ("en", "es"), 2),
    (1, ("en",), 2),
    (1, ("es",), 2),
    (1, ("zh",), 4),
)
"""(layer, languages, units) planted for every concept: six in each language."""

Planted = dict[tuple[str, str], set[tuple[int, int]]]


def words(concept: str, language: str) -> list[str]:
    return [f"{language}.{concept}{number}" for number in range(SYNONYMS)]


def fillers(language: str) -> list[str]:
    return [f"{language}.{number}" for number in range(FILLERS)]


def planted_model() -> tuple[XGLMForCausalLM, PreTrainedTokenizerFast, Planted]:
    """The model, its tokenizer, and (concept, language) -> {(layer, unit of fc1)}."""
    vocabulary = [
        word
        for language in LANGUAGES
        for word in [w for c in CONCEPTS for w in words(c, language)] + fillers(language)
    ]
    tokenizer = word_tokenizer(vocabulary)
    config = XGLMConfig(
        vocab_size=len(tokenizer), d_model=192, num_layers=2, attention_heads=4, ffn_dim=128,
        max_position_embeddings=64,
    )  # fmt: skip
    generator = torch.Generator().manual_seed(0)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = XGLMForCausalLM(config).eval()
    frame, _ = torch.linalg.qr(torch.randn(192, len(tokenizer), generator=generator))
    planted: Planted = {(c, lang): set() for c in CONCEPTS for lang in LANGUAGES}
    free = [0, 0]
    with torch.no_grad():
        model.model.embed_tokens.weight.copy_(5 * frame.T)
        for concept in CONCEPTS:
            for layer, languages, count in SHARING:
                ids = tokenizer.convert_tokens_to_ids(
                    [word for language in languages for word in words(concept, language)]
                )
                for _ in range(count):
                    unit = free[layer]
                    free[layer] += 1
                    block = model.model.layers[layer]
                    block.fc1.weight[unit] = frame[:, ids].sum(dim=1)
                    block.fc2.weight[:, unit] = 0
                    for language in languages:
                        planted[concept, language].add((layer, unit))
    return model, tokenizer, planted


def planted_concepts(*, shuffled: bool = False, sentences: int = 120) -> ConceptSet:
    """Sentences of 4 to 9 words; each shows zero to two concepts. Labels shuffled on demand."""
    pools = {}
    for language in LANGUAGES:
        rng = np.random.default_rng([sentences, len(language), LANGUAGES.index(language)])
        labels = np.zeros((len(CONCEPTS), sentences), dtype=np.int8)
        texts = []
        for row in range(sentences):
            shown = rng.choice(len(CONCEPTS), size=rng.integers(0, 3), replace=False)
            labels[shown, row] = 1
            chosen = list(rng.choice(fillers(language), size=rng.integers(3, 7)))
            chosen += [rng.choice(words(CONCEPTS[concept], language)) for concept in shown]
            texts.append(" ".join(rng.permutation(chosen)))
        if shuffled:
            labels = labels[:, rng.permutation(sentences)]
        part = np.where(np.arange(sentences) % 3 == 2, "test", "select")
        pools[language] = ConceptPool(language, tuple(texts), labels, part)
    return concept_set(CONCEPTS, pools)
