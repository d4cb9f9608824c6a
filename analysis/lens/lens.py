"""The logit lens by language: whose words each depth puts forward while it reads a language.

1. Each language's held-out documents are split. One part says which tokens of the vocabulary are
   which language's (`analysis.lens.attribution`); tokens are drawn from the other and their states
   read at every depth.
2. The final norm and the head turn a state of any depth into logits as they do at the last, where
   that gives the model's own prediction. The probabilities are added up by language: the masses of
   a token's languages and of what belongs to none are one together.
3. Logits exist for a chunk of states at a time; what is kept of them is one mass a language.

The mass of a language depends on how many tokens could be told to be its own, and a layer may lean
to a language whatever it reads. So beside a mass stand what the same depth gives the same language
on the texts of the others, what a uniform guess gives it, and its share of the text itself.

Source: Wendler et al., "Do Llamas Work in English?", ACL 2024, arXiv 2402.10588; the lens is
nostalgebraist's ("interpreting GPT: the logit lens", 2020). They follow one word by its
translations; here every token of running text counts.

Shapes: D depths, N tokens read, C of them in one chunk, K languages and none, V vocabulary.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from tqdm import tqdm
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from analysis.activations.hidden import hidden_states
from analysis.activations.readout import Readout, find_readout
from analysis.errors import UserError
from analysis.lens.attribution import attribute, count_tokens
from analysis.lens.settings import LensSettings
from analysis.memory import no_memory_is_a_user_error
from analysis.parts import two_parts
from analysis.probing.sampling import Drawn, draw_tokens
from analysis.seeds import derive, stream
from analysis.statistics.bootstrap import bootstrap_ratio
from analysis.tables import NONE, columns
from analysis.tokens import Ids, check_vocabulary, document_start, fitting_context

Floats = npt.NDArray[np.float64]
Floats32 = npt.NDArray[np.float32]


def lens_by_language(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    heldout: Mapping[str, Sequence[str]],
    settings: LensSettings,
) -> pd.DataFrame:
    """The table `lens` of `analysis.tables` for `model`, in evaluation mode.

    It has a row for each depth, language of the text, and language predicted or `NONE`. With fewer
    than two languages it is empty: every token would be that language's.

    Raises `UserError` for a language with fewer than two documents or without a token to read, a
    tokenizer that does not fit the model, and as `find_readout` and `hidden_states` do.
    """
    check_vocabulary(model, tokenizer)
    readout = find_readout(model, document_start(tokenizer), "lens")
    if len(heldout) < 2:
        return pd.DataFrame(columns=columns("lens"))
    known, read = two_parts(heldout, settings.attribution_share, settings.seed, "lens")
    vocabulary = readout.head.out_features
    counts_LV = count_tokens(
        tokenizer, known, tokens=settings.attribution_tokens, vocabulary=vocabulary
    )
    owner_V = attribute(counts_LV, tokenizer.all_special_ids, settings.purity)
    names = [*heldout, NONE]
    masses: dict[str, Floats] = {}
    texts: dict[str, list[Drawn]] = {}
    for language in tqdm(heldout, desc="logit lens", unit="language", leave=False):
        texts[language] = _draw(model, tokenizer, language, read[language], settings)
        states_DNH = _states(model, texts[language], settings)
        masses[language] = _masses(readout, states_DNH, owner_V, len(names), settings.chunk_rows)
    uniform_K = np.bincount(owner_V, minlength=len(names)) / vocabulary
    mean_LDK = np.stack([mass_DNK.mean(axis=1) for mass_DNK in masses.values()])
    # A language has no say in its own chance level, and `NONE` is no text's.
    others_KL = ~np.eye(len(names), len(heldout), dtype=np.bool_)
    chance_KD = np.stack(
        [mean_LDK[others_L, :, place].mean(axis=0) for place, others_L in enumerate(others_KL)]
    )
    rows = [
        row
        for language, mass_DNK in masses.items()
        for row in _rows(language, mass_DNK, texts[language], owner_V, names, settings.seed)
    ]
    table = pd.DataFrame(rows)
    place = table["predicted"].map({name: place for place, name in enumerate(names)})
    return table.assign(chance=chance_KD[place, table["depth"]], uniform=uniform_K[place])[
        columns("lens")
    ]


def _draw(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    language: str,
    documents: Sequence[str],
    settings: LensSettings,
) -> list[Drawn]:
    """Windows of a language's text and the places in them that are read."""

    def drawn(size: int) -> tuple[list[Drawn], int]:
        return draw_tokens(
            list(enumerate(documents)),
            size,
            tokenizer,
            stream(settings.seed, "lens.tokens", language),
            share=settings.tokens_per_window,
            context=fitting_context(model, settings.context),
        )

    found, size = drawn(settings.tokens_per_language)
    if not size:
        raise UserError(
            f"language '{language}' has no token in the part of its documents that is read",
            where="held-out text",
            fix="hold out more text or leave the language out",
        )
    return found or drawn(size)[0]


def _states(model: PreTrainedModel, drawn: Sequence[Drawn], settings: LensSettings) -> Floats32:
    """States (D, N, H) of the places drawn, in the order of the windows."""
    return hidden_states(
        model,
        [window.ids for window in drawn],
        np.repeat(np.arange(len(drawn)), [len(window.places) for window in drawn]),
        np.concatenate([window.places for window in drawn]),
        batch_tokens=settings.batch_tokens,
        analysis="lens",
    )


def _masses(
    readout: Readout, states_DNH: Floats32, owner_V: Ids, size: int, chunk_rows: int
) -> Floats:
    """Probability (D, N, K) that the head gives to the tokens of each of the `size` owners."""
    device = readout.head.weight.device
    owns_VK = torch.zeros(len(owner_V), size, device=device)
    owns_VK[torch.arange(len(owner_V)), torch.from_numpy(owner_V)] = 1
    depths, tokens, width = states_DNH.shape
    states_RH = torch.from_numpy(states_DNH.reshape(-1, width))
    kept: list[torch.Tensor] = []
    with (
        torch.no_grad(),
        no_memory_is_a_user_error(
            "the head read states", where="lens.chunk_rows", value=chunk_rows
        ),
    ):
        for states_CH in states_RH.split(chunk_rows):
            # In place: one copy of the logits is all there is.
            p_CV = readout.logits(states_CH.to(device)).float()
            p_CV -= p_CV.amax(dim=1, keepdim=True)
            mass_CK = p_CV.exp_() @ owns_VK
            kept.append((mass_CK / mass_CK.sum(dim=1, keepdim=True)).double().cpu())
    mass_DNK = torch.cat(kept).numpy().reshape(depths, tokens, size)
    if not np.isfinite(mass_DNK).all():
        raise UserError(
            "the head's logits are not finite",
            fix="the weights have diverged; use an earlier checkpoint",
        )
    return mass_DNK


def _rows(
    language: str,
    mass_DNK: Floats,
    drawn: Sequence[Drawn],
    owner_V: Ids,
    names: Sequence[str],
    seed: int,
) -> Iterator[dict[str, Any]]:
    """The rows of one language's text, without the columns that need the other texts."""
    depths, tokens, size = mass_DNK.shape
    owner_N = owner_V[np.concatenate([window.ids[window.places] for window in drawn])]
    text_K = np.bincount(owner_N, minlength=size) / tokens
    mean_DK = mass_DNK.mean(axis=1)
    _, document_N = np.unique(
        np.repeat([window.document for window in drawn], [len(one.places) for one in drawn]),
        return_inverse=True,
    )
    sums_SDK = np.zeros((document_N.max() + 1, depths, size))
    np.add.at(sums_SDK, document_N, mass_DNK.swapaxes(0, 1))
    interval = bootstrap_ratio(
        sums_SDK.reshape(len(sums_SDK), -1),
        np.bincount(document_N),
        seed=derive(seed, "lens.bootstrap", language),
    )
    low_DK, high_DK = (end.reshape(depths, size) for end in interval)
    for depth in range(depths):
        for place, name in enumerate(names):
            yield {
                "depth": depth,
                "language": language,
                "predicted": name,
                "value": float(mean_DK[depth, place]),
                "text": float(text_K[place]),
                "low": float(low_DK[depth, place]),
                "high": float(high_DK[depth, place]),
                "tokens": tokens,
                "documents": len(sums_SDK),
            }
