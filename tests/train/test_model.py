"""Our XGLM is transformers' XGLM: same names, same logits, same gradients."""

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import XGLMConfig, XGLMForCausalLM

from analysis.errors import UserError
from analysis.seeds import torch_stream
from train.loss import chunked_cross_entropy
from train.model import XGLM, sinusoids


def tiny_config(**changes: Any) -> XGLMConfig:
    values: dict[str, Any] = {
        "vocab_size": 97,
        "d_model": 32,
        "ffn_dim": 48,
        "num_layers": 3,
        "attention_heads": 4,
        "max_position_embeddings": 64,
        "dropout": 0.0,
        "attention_dropout": 0.0,
    }
    return XGLMConfig(**{**values, **changes})


def random_pair(config: XGLMConfig) -> tuple[XGLM, XGLMForCausalLM]:
    """Both models with the same weights, all of them random, biases and norms too."""
    ours, theirs = XGLM(config).eval(), XGLMForCausalLM(config).eval()
    generator = torch_stream(0, "test/model")
    state = {
        name: torch.randn(value.shape, generator=generator) * 0.3
        for name, value in ours.model.state_dict().items()
    }
    ours.model.load_state_dict(state)
    missing, unexpected = theirs.model.load_state_dict(state, strict=True)
    assert not missing
    assert not unexpected
    return ours, theirs


@pytest.mark.parametrize("changes", [{}, {"scale_embedding": False}, {"num_layers": 1}])
def test_logits_and_gradients_equal_transformers(changes: dict[str, object]) -> None:
    ours, theirs = random_pair(tiny_config(**changes))
    tokens = torch.randint(2, 97, (3, 40), generator=torch_stream(0, "test/tokens"))
    mine, reference = ours.lm_head(ours(tokens)), theirs(tokens).logits
    torch.testing.assert_close(mine, reference, atol=1e-5, rtol=1e-5)
    loss = chunked_cross_entropy(
        ours(tokens)[:, :-1].flatten(0, 1), ours.lm_head.weight, tokens[:, 1:].flatten(), chunk_mb=1
    )
    expected = theirs(tokens, labels=tokens).loss
    torch.testing.assert_close(loss, expected, atol=1e-5, rtol=1e-5)
    loss.backward()
    expected.backward()
    reference_gradients = dict(theirs.model.named_parameters())
    for name, parameter in ours.model.named_parameters():
        torch.testing.assert_close(
            parameter.grad, reference_gradients[name].grad, atol=1e-5, rtol=1e-4, msg=name
        )


@pytest.mark.parametrize(
    ("precision", "near"), [(torch.float32, 1e-6), (torch.bfloat16, 4e-2)], ids=["fp32", "bf16"]
)
def test_one_optimiser_step_equals_transformers(precision: torch.dtype, near: float) -> None:
    """Logits, loss, gradient norm and update; bf16 is autocast, as `bf16-mixed` trains.

    Distances are of whole tensors, relative to the reference's norm: bf16 keeps 8 bits, and two
    orders of rounding differ in the last. AdamW's eps is above the gradients here: at a usual one
    its first step is their sign, of those that are nothing but rounding too.
    """
    ours, theirs = random_pair(tiny_config())
    tokens = torch.randint(2, 97, (4, 40), generator=torch_stream(0, "test/tokens"))
    with torch.autocast("cpu", precision, enabled=precision != torch.float32):
        hidden = ours(tokens)
        logits, reference = ours.lm_head(hidden), theirs(tokens).logits
        loss = chunked_cross_entropy(
            hidden[:, :-1].flatten(0, 1), ours.lm_head.weight, tokens[:, 1:].flatten()
        )
        expected = theirs(tokens, labels=tokens).loss
    assert apart(logits, reference) < near
    assert loss.item() == pytest.approx(expected.item(), rel=max(near / 10, 1e-6))
    updated = []
    for network, value in ((ours, loss), (theirs, expected)):
        value.backward()
        norm = torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        before = {name: p.detach().clone() for name, p in network.named_parameters()}
        torch.optim.AdamW(network.parameters(), lr=0.1, eps=0.1, fused=True).step()
        changes = {name: p.detach() - before[name] for name, p in network.named_parameters()}
        updated.append((norm, changes))
    (mine, steps), (norm, references) = updated
    assert mine.item() == pytest.approx(norm.item(), rel=near)
    whole = torch.cat([step.flatten() for step in references.values()]).norm()
    for name, step in steps.items():
        assert step.dtype == torch.float32
        assert (step - references[name]).norm() < near * whole, name


def apart(mine: torch.Tensor, reference: torch.Tensor) -> float:
    """Distance of two tensors, as a share of the second's length."""
    return float(((mine.float() - reference.float()).norm() / reference.float().norm()).detach())


def test_the_tables_gradient_is_dense_and_the_same_twice() -> None:
    """Lookup and head share the table; rows of the lookup are added to what the head gave."""
    ours, _ = random_pair(tiny_config())
    tokens = torch.randint(2, 97, (4, 40), generator=torch_stream(0, "test/tokens"))
    found = []
    for _ in range(2):
        ours.zero_grad()
        chunked_cross_entropy(
            ours(tokens).flatten(0, 1), ours.lm_head.weight, tokens.flatten()
        ).backward()
        found.append(ours.lm_head.weight.grad)
    assert found[0] is not None
    assert found[0].layout == torch.strided
    assert torch.equal(found[0], found[1])  # type: ignore[arg-type]


def test_weights_travel_both_ways(tmp_path: Path) -> None:
    config = tiny_config()
    ours, _ = random_pair(config)
    theirs = XGLMForCausalLM(config)
    theirs.load_state_dict(ours.state_dict(), strict=True)
    theirs.save_pretrained(tmp_path)
    back = XGLM(config)
    back.load_state_dict(XGLMForCausalLM.from_pretrained(tmp_path).state_dict(), strict=True)
    for name, value in ours.state_dict().items():
        assert torch.equal(value, back.state_dict()[name]), name


def test_the_studys_model_has_257_115_136_parameters() -> None:
    with torch.device("meta"):
        model = XGLM(XGLMConfig(d_model=512))
    assert sum(parameter.numel() for parameter in model.parameters()) == 257_115_136
    linears = [m for m in model.model.modules() if isinstance(m, torch.nn.Linear)]
    assert sum(linear.out_features for linear in linears) == 159_744


def test_initial_weights_depend_on_the_generator_alone() -> None:
    first, second = XGLM(tiny_config()), XGLM(tiny_config())
    first.initialise(torch_stream(1, "model"))
    torch.rand(5)
    second.initialise(torch_stream(1, "model"))
    for name, value in first.state_dict().items():
        assert torch.equal(value, second.state_dict()[name]), name
    embedding = first.model.embed_tokens.weight
    assert torch.equal(embedding[1], torch.zeros(32))
    assert embedding.std().item() == pytest.approx(0.02, rel=0.1)
    assert first.state_dict()["model.layers.0.fc1.bias"].abs().max() == 0


def test_future_tokens_do_not_change_the_past() -> None:
    ours, _ = random_pair(tiny_config())
    tokens = torch.randint(2, 97, (1, 20), generator=torch_stream(0, "test/tokens"))
    changed = tokens.clone()
    changed[0, 12:] = 5
    torch.testing.assert_close(ours(tokens)[:, :12], ours(changed)[:, :12])


def test_odd_width_pads_the_position_table() -> None:
    assert sinusoids(5, 7).shape == (5, 7)
    assert torch.equal(sinusoids(5, 7)[:, 6], torch.zeros(5))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"layerdrop": 0.1}, "layerdrop is 0.1"),
        ({"activation_function": "relu"}, "activation_function is 'relu'"),
        ({"attention_heads": 5}, "does not divide among 5 heads"),
    ],
)
def test_configurations_that_are_not_xglm_are_refused(
    changes: dict[str, object], words: str
) -> None:
    with pytest.raises(UserError, match=words):
        XGLM(tiny_config(**changes))
