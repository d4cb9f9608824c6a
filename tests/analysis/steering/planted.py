"""A small XGLM that writes a language when a known unit is forced, and random words otherwise.

Every word has a direction in which it is read and one in which it is written, all of them
orthogonal. Unit n of the first `fc1` answers to the word of a concept in a language; its column of
`fc2` points to where that language's words are written, and a sixth as far again to that word.
Held at its response to that word at all positions, it drowns what is read, and the language is
written, about the concept. All other weights of the blocks are zero, so nothing else answers.
"""

import numpy as np
import torch
from transformers import PreTrainedTokenizerFast, XGLMConfig, XGLMForCausalLM

from analysis.concepts.sets import ConceptPool, ConceptSet, concept_set
from tests.analysis.activations.tiny import word_tokenizer

WORDS = {
    "en": {"dog": "dog", "river": "river", "house": "house"},
    "es": {"dog": "perro", "river": "río", "house": "casa"},
    "sw": {"dog": "mbwa", "river": "mto", "house": "nyumba"},
}
FILLERS = {
    "en": "the of and with that have from this they which would there their what about".split(),
    "es": "que los por para como pero más este porque cuando sobre también donde había".split(),
    "sw": "kwa katika wakati lakini watu mwaka pia sana hivyo baada kuwa yake huko hapo".split(),
}
CONCEPTS = tuple(WORDS["en"])
MODULE = "model.layers.0.fc1"
PUSH = 20.0


def unit_of(concept: str, language: str) -> int:
    return 3 * CONCEPTS.index(concept) + list(WORDS).index(language)


def planted_model() -> tuple[XGLMForCausalLM, PreTrainedTokenizerFast]:
    """The model and its tokenizer; `unit_of` says which unit of `MODULE` is planted for what."""
    tokenizer = word_tokenizer(
        [word for code in WORDS for word in [*WORDS[code].values(), *FILLERS[code]]]
    )
    config = XGLMConfig(
        vocab_size=len(tokenizer), d_model=128, num_layers=2, attention_heads=2, ffn_dim=24,
        max_position_embeddings=64, tie_word_embeddings=False,
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = XGLMForCausalLM(config).eval()
        frame, _ = torch.linalg.qr(torch.randn(128, 2 * len(tokenizer)))
    read, write = frame[:, : len(tokenizer)], frame[:, len(tokenizer) :]
    with torch.no_grad():
        for name, weight in model.model.layers.named_parameters():
            if "norm" not in name:
                weight.zero_()
        model.model.embed_tokens.weight.copy_(4 * read.T)
        model.model.embed_tokens.weight[:4] = 0
        model.lm_head.weight.copy_(2.5 * write.T)
        first = model.model.layers[0]
        for language, words in WORDS.items():
            every = tokenizer.convert_tokens_to_ids([*words.values(), *FILLERS[language]])
            for concept, word in words.items():
                own = tokenizer.convert_tokens_to_ids(word)
                unit = unit_of(concept, language)
                first.fc1.weight[unit] = read[:, own]
                column = write[:, every].sum(dim=1) + write[:, own] / 6
                first.fc2.weight[:, unit] = PUSH * column
    return model, tokenizer


def planted_concepts(sentences: int = 60) -> ConceptSet:
    """Sentences of 4 to 7 fillers; each shows one concept or none."""
    pools = {}
    for number, language in enumerate(WORDS):
        rng = np.random.default_rng(number)
        shown = np.arange(sentences) % (len(CONCEPTS) + 1)
        labels = (shown == np.arange(len(CONCEPTS))[:, None]).astype(np.int8)
        texts = []
        for concept in shown:
            chosen = list(rng.choice(FILLERS[language], size=rng.integers(4, 8)))
            if concept < len(CONCEPTS):
                chosen.append(WORDS[language][CONCEPTS[concept]])
            texts.append(" ".join(rng.permutation(chosen)))
        part = np.where(rng.permutation(sentences) % 3 == 2, "test", "select")
        pools[language] = ConceptPool(language, tuple(texts), labels, part)
    return concept_set(CONCEPTS, pools)


def language_shares(texts: list[str]) -> dict[str, float]:
    """Of all words of the texts, the share of each language's."""
    every = " ".join(texts).split()
    return {
        code: sum(word in {*WORDS[code].values(), *FILLERS[code]} for word in every) / len(every)
        for code in WORDS
    }
