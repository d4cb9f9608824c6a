"""Neurons of each family, and their counts against the model's own modules applied by hand."""

from typing import Any

import numpy as np
import pytest
import torch
from transformers import MixtralConfig, MixtralForCausalLM, PreTrainedModel

from analysis.activations.hidden import decoder_blocks
from analysis.activations.neurons import find_neurons, firing_counts, silenced
from analysis.activations.units import find_units
from analysis.errors import UserError
from analysis.tokens import Ids
from tests.analysis.activations.tiny import CONFIGS, VOCABULARY, tiny_model

FIRST_AND_FUNCTION = {
    "xglm": ("fc1", "activation_fn"),
    "gpt2": ("mlp.c_fc", "mlp.act"),
    "bloom": ("mlp.dense_h_to_4h", "mlp.gelu_impl"),
    "llama": ("mlp.gate_proj", "mlp.act_fn"),
    "mistral": ("mlp.gate_proj", "mlp.act_fn"),
    "neox": ("mlp.dense_h_to_4h", "mlp.act"),
    "opt": ("fc1", "activation_fn"),
    "qwen": ("mlp.gate_proj", "mlp.act_fn"),
}
"""The linear layer in front of the non-linearity and that itself, as each family names them."""
LENGTHS = (9, 2, 1, 5, 14, 5)
DOCUMENT_OF = np.array([0, 0, 1, 2, 3, 3])


def windows_of(lengths: tuple[int, ...] = LENGTHS) -> list[Ids]:
    rng = np.random.default_rng(0)
    return [rng.integers(3, VOCABULARY, size=length) for length in lengths]


def counts(model: PreTrainedModel, batch_tokens: int = 64) -> Any:
    groups = find_neurons(model)
    return firing_counts(model, groups, windows_of(), DOCUMENT_OF, 4, batch_tokens=batch_tokens)


def by_hand(model: PreTrainedModel, first: str, function: str) -> Any:
    """Counts (D, N), one window at a time without padding: the module on what entered it."""
    found = np.zeros((4, 0))
    for block in decoder_blocks(model):
        linear, nonlinearity = block.get_submodule(first), block.get_submodule(function)
        rows: Any = 0
        for document, ids in zip(DOCUMENT_OF, windows_of(), strict=True):
            entered: list[torch.Tensor] = []
            handle = linear.register_forward_pre_hook(lambda _, args, e=entered: e.append(args[0]))
            with torch.no_grad():
                model(torch.from_numpy(ids)[None])
                handle.remove()
                x_TW = nonlinearity(linear(entered[0])).reshape(len(ids), -1)
            rows = rows + np.outer(np.arange(4) == document, (x_TW[1:] > 0).sum(dim=0).numpy())
        found = np.concatenate([found, rows], axis=1)
    return found


@pytest.mark.parametrize("family", list(CONFIGS))
def test_counts_are_those_of_the_models_own_modules(family: str) -> None:
    model = tiny_model(family)
    first, function = FIRST_AND_FUNCTION[family]
    groups = find_neurons(model)
    assert [group.layer for group in groups] == [0, 1]
    names = {module: name for name, module in model.named_modules()}
    blocks = decoder_blocks(model)
    assert [group.module for group in groups] == [names[b.get_submodule(first)] for b in blocks]
    # So tables of experts and of language neurons name the same thing alike.
    units = {unit.module: unit.width for unit in find_units(model)}
    assert [units[group.module] for group in groups] == [group.width for group in groups]
    expected = by_hand(model, first, function)
    assert 0 < expected.sum() < 0.9 * expected.shape[1] * sum(length - 1 for length in LENGTHS)
    np.testing.assert_array_equal(counts(model), expected)


@pytest.mark.parametrize("batch_tokens", [1, 15, 10_000])
def test_batches_do_not_matter_and_leave_no_hook(batch_tokens: int) -> None:
    model = tiny_model()
    np.testing.assert_array_equal(counts(model, batch_tokens), counts(model))
    assert not any(module._forward_hooks for module in model.modules())
    assert not any(module._forward_pre_hooks for module in model.modules())


@pytest.mark.parametrize("family", ["xglm", "llama"])
def test_neither_padding_nor_a_first_token_counts(family: str) -> None:
    model = tiny_model(family)
    for block in decoder_blocks(model):
        function = block.get_submodule(FIRST_AND_FUNCTION[family][1])
        function.forward = torch.ones_like  # fires wherever it is asked
    expected = np.array([8 + 1, 0, 4, 13 + 4])
    np.testing.assert_array_equal(counts(model, 10_000), np.tile(expected[:, None], (1, 48)))


@pytest.mark.parametrize("family", ["xglm", "llama"])
def test_a_forward_that_fails_leaves_no_hook(family: str) -> None:
    model = tiny_model(family)
    last = decoder_blocks(model)[-1]

    def fail(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError

    last.forward = fail
    with pytest.raises(UserError, match=r"lape\.batch_tokens: .* 32 instead of 64 halves"):
        counts(model)
    assert not any(module._forward_hooks for module in model.modules())
    assert not any(module._forward_pre_hooks for module in model.modules())


def test_what_is_not_a_number_is_no_silence() -> None:
    model = tiny_model()
    with torch.no_grad():
        decoder_blocks(model)[0].get_submodule("fc1").get_parameter("bias")[3] = float("nan")
    with pytest.raises(UserError, match="states of held-out text are not finite"):
        counts(model)


def test_a_model_without_such_mlps_is_refused() -> None:
    config = MixtralConfig(
        vocab_size=VOCABULARY, hidden_size=16, intermediate_size=24, num_hidden_layers=1,
        num_attention_heads=2, num_key_value_heads=1, num_local_experts=2,
    )  # fmt: skip
    with pytest.raises(UserError, match="MixtralForCausalLM is not an MLP of two linear layers"):
        find_neurons(MixtralForCausalLM(config))


@pytest.mark.parametrize("family", list(CONFIGS))
def test_silenced_neurons_are_zero_past_the_non_linearity_and_nothing_else_changes(
    family: str,
) -> None:
    model = tiny_model(family)
    groups = find_neurons(model)
    units = [np.array([3, 20]), np.array([], dtype=np.int64)]
    ids = torch.from_numpy(windows_of()[0])[None]
    last = [group for group in find_units(model) if group.layer == 0][-1]

    def activations() -> tuple[torch.Tensor, torch.Tensor]:
        """What the first MLP's last layer is given, and the logits."""
        entered: list[torch.Tensor] = []
        module = model.get_submodule(last.module)
        handle = module.register_forward_pre_hook(lambda _, args: entered.append(args[0]))
        with torch.no_grad():
            logits = model(ids).logits
        handle.remove()
        return entered[0].flatten(end_dim=-2), logits

    before, logits = activations()
    with silenced(model, groups, units):
        during, changed = activations()
    assert (during[:, [3, 20]] == 0).all()
    others = np.setdiff1d(np.arange(during.shape[1]), [3, 20])
    torch.testing.assert_close(during[:, others], before[:, others], rtol=0, atol=0)
    assert not torch.allclose(changed, logits, atol=1e-4)
    torch.testing.assert_close(activations()[1], logits, rtol=0, atol=0)
