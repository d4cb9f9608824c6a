import pytest
import torch
from transformers import AutoModelForCausalLM, XGLMConfig

from analysis.activations.units import find_units, units_per_layer
from analysis.errors import UserError
from tests.analysis.activations.tiny import CONFIGS, tiny_model


def test_the_257m_model_has_159744_units_6656_a_layer() -> None:
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(XGLMConfig(d_model=512))
    groups = find_units(model)
    assert sum(group.width for group in groups) == 159_744
    assert units_per_layer(groups) == dict.fromkeys(range(24), 6656)


@pytest.mark.parametrize(
    ("family", "first", "per_layer"),
    [
        ("xglm", "model.layers.0.self_attn.k_proj", 4 * 16 + 24 + 16),
        ("gpt2", "transformer.h.0.attn.c_attn", 48 + 16 + 64 + 16),
        ("bloom", "transformer.h.0.self_attention.query_key_value", 48 + 16 + 64 + 16),
        ("llama", "model.layers.0.self_attn.q_proj", 16 + 8 + 8 + 16 + 24 + 24 + 16),
        ("mistral", "model.layers.0.self_attn.q_proj", 16 + 8 + 8 + 16 + 24 + 24 + 16),
        ("neox", "gpt_neox.layers.0.attention.query_key_value", 48 + 16 + 24 + 16),
        ("opt", "model.decoder.layers.0.self_attn.k_proj", 4 * 16 + 24 + 16),
        ("qwen", "model.layers.0.self_attn.q_proj", 16 + 8 + 8 + 16 + 24 + 24 + 16),
    ],
)
def test_units_bear_transformers_names_and_leave_the_head_out(
    family: str, first: str, per_layer: int
) -> None:
    model = tiny_model(family)
    groups = find_units(model)
    assert groups[0].module == first
    assert units_per_layer(groups) == {0: per_layer, 1: per_layer}
    for group in groups:
        assert f".{group.layer}." in group.module
        weight = model.get_submodule(group.module).weight
        assert isinstance(weight, torch.Tensor)
        assert group.width in weight.shape
    assert not any("lm_head" in g.module or "embed" in g.module for g in groups)


def test_every_family_is_covered() -> None:
    assert len(CONFIGS) == 8


def test_blocks_without_linear_layers_are_refused_with_what_they_have() -> None:
    model = tiny_model("gpt2")
    blocks = torch.nn.ModuleList([torch.nn.LayerNorm(16), torch.nn.LayerNorm(16)])
    model.base_model.h = blocks
    with pytest.raises(UserError, match=r"no linear layers in transformer.h, which has LayerNorm"):
        find_units(model)
