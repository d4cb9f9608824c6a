"""`analysis run` on a plain folder of every family, and what transformers itself says of it."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from transformers import AutoModelForCausalLM, MistralConfig, OPTConfig, PreTrainedModel

from analysis.activations.hidden import hidden_states
from analysis.activations.responses import Pooling, pooled_responses, tokenize
from analysis.activations.units import find_units
from analysis.cli import main
from analysis.errors import run_command
from analysis.results import read_table, table_path
from analysis.tokens import encode_documents
from tests.analysis.activations.test_responses import close, outputs_of
from tests.analysis.activations.tiny import CONFIGS
from tests.analysis.run_folder import ALL, DOCUMENTS, make_data
from tests.analysis.tiny import byte_tokenizer

TOKENIZER = byte_tokenizer()
MORE: dict[str, Any] = {
    "mistral": MistralConfig(
        hidden_size=16, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1,
        intermediate_size=24, sliding_window=8,
    ),
    # OPT-350m: embeddings of another width, norms behind the blocks.
    "opt-350m": OPTConfig(
        hidden_size=16, ffn_dim=24, word_embed_proj_dim=8, num_hidden_layers=2,
        num_attention_heads=2, do_layer_norm_before=False, bos_token_id=0, eos_token_id=2,
    ),
}  # fmt: skip
FAMILIES: dict[str, Any] = {**CONFIGS, **MORE}


def random_model(family: str) -> PreTrainedModel:
    """A model of the family for the byte tokenizer, whose weights are large enough to matter."""
    config = deepcopy(FAMILIES[family])
    config.vocab_size = len(TOKENIZER)
    torch.manual_seed(0)
    model: PreTrainedModel = AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.normal_(std=0.3)
    model.tie_weights()
    model.eval()
    return model


def concepts(path: Path) -> Path:
    """A set of two concepts in both languages."""
    rows = [
        {"language": code, "part": part, "sentence": f"{code} {word} {n}", "positives": [word]}
        for code in DOCUMENTS
        for part, numbers in (("select", range(6)), ("test", range(6, 8)))
        for word in ("dog", "boat")
        for n in numbers
    ]
    pd.DataFrame(rows).assign(negatives=None).to_parquet(path)
    return path


def bits(model: PreTrainedModel, texts: list[str], context: int) -> float:
    """Bits of the documents from transformers' own logits, window by window, without padding."""
    total = 0.0
    for document in encode_documents(TOKENIZER, texts):
        ids = torch.tensor([2, *document])
        for first in range(0, len(document), context):
            piece = ids[first : first + context + 1]
            with torch.no_grad():
                logits = model(piece[None, :-1]).logits[0].double()
            total -= float(torch.log_softmax(logits, -1).gather(1, piece[1:, None]).sum())
    return total / float(np.log(2))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_folder_of_every_family_is_analysed(
    tmp_path: Path, family: str, capsys: pytest.CaptureFixture[str]
) -> None:
    model = random_model(family)
    model.save_pretrained(tmp_path / "checkpoint-3")
    TOKENIZER.save_pretrained(tmp_path / "checkpoint-3")
    settings = {
        **ALL,
        "heldout": {"tokens_per_language": 500, "context": 16, "batch_tokens": 50},
        "concepts": str(concepts(tmp_path / "concepts.parquet")),
    }
    (tmp_path / "a.yaml").write_text(yaml.safe_dump({"analyses": settings}))
    words = ["run", tmp_path / "checkpoint-3", "--config", tmp_path / "a.yaml", "--device", "cpu"]
    words += ["--heldout", make_data(tmp_path / "data"), "--out", tmp_path / "out"]
    assert run_command(main, list(map(str, words))) == 0, capsys.readouterr().err
    tables = {
        name: read_table(table_path(tmp_path / "out", name, 3))
        for name in ("heldout", "probing", "experts", "samples", "overlap")
    }
    scored = tables["heldout"].query("metric == 'bits_per_byte'").set_index("language")
    for language, texts in DOCUMENTS.items():
        size = sum(len(text.encode()) for text in texts)
        assert scored.loc[language, "bytes"] == size
        expected = bits(model, texts, 16) / size
        assert scored.loc[language, "value"] == pytest.approx(expected, rel=1e-5)
    assert set(tables["probing"]["depth"]) == {0, 1, 2}
    lens = read_table(table_path(tmp_path / "out", "lens", 3))
    assert lens.groupby(["depth", "language"])["value"].sum().tolist() == pytest.approx([1] * 6)
    deactivation = read_table(table_path(tmp_path / "out", "deactivation", 3))
    assert deactivation.loc[deactivation["neurons"] > 0, "value"].abs().min() > 0
    groups = {group.module: group.width for group in find_units(model)}
    experts = tables["experts"]
    assert len(experts) > 0
    assert (experts["unit"] < experts["module"].map(groups)).all()


@pytest.mark.parametrize("family", FAMILIES)
def test_padding_changes_no_state_and_no_response(family: str) -> None:
    model = random_model(family)
    texts = ["short", "a sentence of more letters, é", "in between"]
    tokens = tokenize(TOKENIZER, texts)
    ids = [np.asarray(sentence.ids, dtype=np.int64) for sentence in tokens]
    window_N = np.repeat(np.arange(3), [len(row) for row in ids])
    position_N = np.concatenate([np.arange(len(row)) for row in ids])
    states_DNH = hidden_states(model, ids, window_N, position_N, batch_tokens=1000)
    with torch.no_grad():
        alone = [
            model(torch.from_numpy(row)[None], output_hidden_states=True).hidden_states
            for row in ids
        ]
    for depth in (0, 1):  # the last stands behind a norm
        theirs_NH = torch.cat([states[depth][0] for states in alone])
        np.testing.assert_allclose(states_DNH[depth], theirs_NH, rtol=1e-4, atol=1e-4)
    pooling = Pooling("max", padded_to=None, special_tokens=False)
    responses_SU = pooled_responses(model, TOKENIZER, tokens, find_units(model), pooling)
    close(responses_SU, torch.stack([outputs_of(model, row.tolist()).amax(dim=0) for row in ids]))
