"""What a model thinks of texts and words: measures of steering without any sampling.

*Losses of texts*: what the unforced model, reading along, makes of texts that were written under a
forcing. exp(loss / tokens) is the perplexity; a forcing that breaks the model raises it.

*Words first*: how probable it is that a document begins with one of a concept's words, with and
without a forcing. The forms of a word are tokenized as the beginning of a document, and each is an
event: the first tokens are those of the form. A form whose tokens begin with those of another is
part of that event and left out, so that the events are disjoint and their probabilities add up.
What follows the tokens is left open ("cat" is also the beginning of "catalogue"). Languages differ
in how many forms a word has and how finely they are cut, so what compares is one language with and
without the forcing, not one language with another.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from tqdm import tqdm
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from analysis.activations.readout import linear_head
from analysis.concepts.lexicon import Entry
from analysis.memory import no_memory_is_a_user_error
from analysis.scoring import batch_nats
from analysis.steering.forcing import Forcing, forced
from analysis.tokens import (
    Ids,
    check_vocabulary,
    document_start,
    encode_documents,
    fitting_context,
    padded_batches,
)

Floats = npt.NDArray[np.float64]


def text_losses(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    texts: Sequence[Sequence[int]],
    *,
    batch_tokens: int = 8192,
    chunk_rows: int = 1024,
) -> Floats:
    """Nats (n,) of each text: the sum of -ln p over its tokens, read from the document's start on.

    `texts` are token ids without the one before the document; an empty text costs nothing. A
    forward holds `batch_tokens` tokens, padding included, and `chunk_rows` rows of logits exist at
    a time. `model` is in eval mode.

    Raises `UserError` for a model whose logits are not its head's outputs, and when the device's
    memory doesn't suffice.
    """
    targets = [np.asarray(ids, dtype=np.int64) for ids in texts]
    return _nats(model, tokenizer, targets, [None] * len(targets), batch_tokens, chunk_rows)


def usual_forms(entry: Entry, most: int = 5) -> list[str]:
    """Forms of the most usual word of a lexicon entry, each as it stands and with a capital.

    At most `most` forms, in the lexicon's order, before the capitals that begin a sentence.
    """
    forms = entry.words[0].forms[:most]
    return list(dict.fromkeys([*forms, *(form[0].upper() + form[1:] for form in forms)]))


def word_log_probabilities(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    words: Sequence[Sequence[str]],
    forcings: Sequence[Forcing | None],
    *,
    batch_tokens: int = 8192,
    chunk_rows: int = 1024,
) -> Floats:
    """Natural logarithm (n,) of the probability that a document begins with a form of `words[i]`.

    Entry i is asked of the model under `forcings[i]`; None forces nothing. A form that the
    tokenizer has no tokens for (an unknown token among them), or that is longer than the model has
    positions, is left out; where none is left the value is NaN. Batches and errors are as in
    `text_losses`.
    """
    check_vocabulary(model, tokenizer)
    unknown = tokenizer.unk_token_id
    targets: list[Ids] = []
    owners: list[int] = []
    for number, forms in enumerate(words):
        for ids in _disjoint(encode_documents(tokenizer, forms)):
            fits = fitting_context(model, len(ids)) == len(ids)
            if fits and (unknown is None or unknown not in ids):
                targets.append(ids)
                owners.append(number)
    held = [forcings[number] for number in owners]
    nats = _nats(model, tokenizer, targets, held, batch_tokens, chunk_rows)
    total = np.full(len(words), -np.inf)
    np.logaddexp.at(total, owners, -nats)
    total[np.setdiff1d(np.arange(len(words)), owners)] = np.nan
    return total


def _disjoint(forms: Sequence[Ids]) -> list[Ids]:
    """Those that begin with no other one: in order, a beginning stands right before its kind."""
    kept: list[tuple[int, ...]] = []
    for ids in sorted({tuple(form.tolist()) for form in forms if len(form)}):
        if not kept or ids[: len(kept[-1])] != kept[-1]:
            kept.append(ids)
    return [np.asarray(ids, dtype=np.int64) for ids in kept]


def _nats(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    targets: Sequence[Ids],
    forcings: Sequence[Forcing | None],
    batch_tokens: int,
    chunk_rows: int,
) -> Floats:
    """Nats (n,) of each sequence of targets behind the start of a document, under its forcing."""
    assert not model.training, "the model must be in eval mode"
    start = document_start(tokenizer)
    head = linear_head(model, start, "steering")
    nats = np.zeros(len(targets))
    filled = [place for place, ids in enumerate(targets) if len(ids)]
    wanted = [targets[place] for place in filled]
    inputs = [np.concatenate([[start], ids[:-1]]) for ids in wanted]
    # Not inference mode, for the reason given in `analysis.activations.hidden`.
    with (
        torch.no_grad(),
        tqdm(total=len(filled), desc="likelihoods", unit="text", leave=False) as bar,
        no_memory_is_a_user_error(
            "texts were scored", where="steering.batch_tokens", value=batch_tokens
        ),
    ):
        for batch in padded_batches(inputs, batch_tokens):
            places = [filled[window] for window in batch.windows]
            with forced(model, [forcings[place] for place in places]):
                nats_R = batch_nats(model, head, batch, wanted, chunk_rows)
            np.add.at(nats, np.repeat(places, [len(targets[place]) for place in places]), nats_R)
            bar.update(len(places))
    return nats
