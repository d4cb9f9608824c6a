"""The planted XGLM of the language neurons, with neurons that carry their language.

A planted neuron of one language writes the direction of all that language's own words; the others
write nothing. So without them the model no longer expects their language's words behind one of
them, and all else stays as it was.
"""

import torch
from transformers import PreTrainedTokenizerFast, XGLMForCausalLM

from tests.analysis.lape.planted import PLANTED, own_words, planted_model

CARRIERS = {place: languages[0] for place, languages in PLANTED.items() if len(languages) == 1}
"""(layer, unit) -> language, of the neurons that write."""


def carrying_model() -> tuple[XGLMForCausalLM, PreTrainedTokenizerFast]:
    model, tokenizer = planted_model()
    with torch.no_grad():
        for (layer, unit), language in CARRIERS.items():
            ids = tokenizer.convert_tokens_to_ids(own_words(language))
            words = model.model.embed_tokens.weight[ids].sum(dim=0)
            fc2 = model.get_submodule(f"model.layers.{layer}.fc2").get_parameter("weight")
            fc2[:, unit] = words
    return model, tokenizer
