"""The readout of every family against the model's own logits."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from transformers import CohereConfig, CohereForCausalLM

from analysis.activations.hidden import decoder_blocks
from analysis.activations.readout import find_readout
from analysis.errors import UserError
from tests.analysis.test_families import FAMILIES, random_model
from tests.analysis.tiny import tiny_xglm

AFTER = {
    "xglm": ["layer_norm"],
    "gpt2": ["ln_f"],
    "bloom": ["ln_f"],
    "llama": ["norm"],
    "neox": ["final_layer_norm"],
    "opt": ["decoder.final_layer_norm"],
    "qwen": ["norm"],
    "mistral": ["norm"],
    "opt-350m": ["decoder.project_out"],
}
"""What each family has between its last block and its head."""


@pytest.mark.parametrize("family", FAMILIES)
def test_the_last_blocks_states_give_the_models_logits(family: str) -> None:
    model = random_model(family)
    for name in AFTER[family]:  # a norm that does something shows whether it was applied
        for parameter in model.base_model.get_submodule(name).parameters():
            nn.init.uniform_(parameter, 0.5, 2)
    readout = find_readout(model, 2, "lens")
    names = {module: name for name, module in model.base_model.named_modules()}
    assert [names[module] for module in readout.norm] == AFTER[family]
    left: list[Tensor] = []
    decoder_blocks(model)[-1].register_forward_hook(
        lambda _, __, output: left.append(output[0] if isinstance(output, tuple) else output)
    )
    ids = torch.tensor([[5, 9, 200, 31, 7]])
    with torch.no_grad():
        expected = model(ids).logits
        torch.testing.assert_close(readout.logits(left[0]), expected, rtol=1e-5, atol=1e-5)
        if left[0].shape[-1] == readout.head.in_features:
            assert not torch.allclose(readout.head(left[0]), expected, atol=1e-2)
    assert not any(module._forward_pre_hooks for module in model.modules())


def test_logits_that_are_scaled_afterwards_are_refused() -> None:
    config = CohereConfig(
        vocab_size=60, hidden_size=16, intermediate_size=16, num_hidden_layers=1,
        num_attention_heads=2, num_key_value_heads=2, logit_scale=0.5, initializer_range=0.5,
    )  # fmt: skip
    told = "logits of CohereForCausalLM are not its output layer's values; set lens to null"
    with pytest.raises(UserError, match=told):
        find_readout(CohereForCausalLM(config).eval(), 2, "lens")


@pytest.mark.parametrize("wrong", ["scaled", "of another shape"])
def test_a_forward_that_does_more_than_call_modules_is_refused(wrong: str) -> None:
    model = tiny_xglm()
    forward = model.base_model.forward

    def changed(*args: Any, **kwargs: Any) -> Any:
        output = forward(*args, **kwargs)
        if wrong == "scaled":
            output.last_hidden_state = 3 * output.last_hidden_state
        else:  # a module beside the blocks that is called on something else
            model.base_model.get_submodule("embed_tokens")(torch.tensor([1]))
        return output

    model.base_model.forward = changed
    told = "what follows the blocks of XGLMForCausalLM is not a row of modules; set lens to null"
    with pytest.raises(UserError, match=told):
        find_readout(model, 2, "lens")
    assert not any(module._forward_hooks for module in model.modules())
    assert not any(module._forward_pre_hooks for module in model.modules())
