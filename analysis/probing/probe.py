"""How well linear probes read the language off a token's state, depth by depth.

For each probe seed:
1. Tokens of every language are drawn from documents that were split into train and test part
   beforehand (`analysis.probing.sampling`).
2. One forward gives their states at every depth (`analysis.activations.hidden`).
3. At each depth a multinomial logistic regression learns the language from the train part and is
   read on the test part (`analysis.probing.logistic`).
4. The same is done for a control task: labels that are drawn at random for each token type, with
   the frequencies of the languages. Types say nothing about such labels beyond their own identity,
   so a probe can only memorise; accuracy less the control's is the probe's selectivity.

Source: Hewitt & Liang, "Designing and Interpreting Probes with Control Tasks" (EMNLP 2019).

Shapes: D depths, N train tokens, M test tokens, K languages.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from tqdm import tqdm
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from analysis.activations.hidden import hidden_states
from analysis.errors import UserError
from analysis.probing.logistic import ProbeFit, fit_probes
from analysis.probing.sampling import TokenSample, sample_tokens
from analysis.probing.settings import ProbingSettings
from analysis.seeds import derive, uniforms
from analysis.statistics.bootstrap import bootstrap_ratio
from analysis.tables import ALL, columns
from analysis.tokens import Ids, check_vocabulary, fitting_context

Floats = npt.NDArray[np.float64]

LEAST_PROBABILITY = 1e-7
"""Floor of a probability in the log loss: a class that the train part lacks costs 16.1 nats."""


def probe_languages(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    heldout: Mapping[str, Sequence[str]],
    settings: ProbingSettings,
    seeds: Collection[int] | None = None,
) -> pd.DataFrame:
    """Probe `model`, in evaluation mode, on held-out documents by language.

    A seed's rows do not depend on the others, so that some `seeds` of `range(settings.seeds)` can
    be made here and others elsewhere.

    The table is `probing` of `analysis.tables`: a row per depth, seed, task, language and metric.
    depth       0 for the embeddings, d for the output of block d
    seed        probe seed, from 0 on
    task        "language" or "control"
    language    "all", or a code: then `value` is the recall of that language, for task "language"
    metric      "accuracy" (a share) or "log_loss" (mean of -ln p of the right label, in nats)
    value       on the test tokens
    chance      what the train part's shares of the labels give without any state: accuracy of
                always saying the largest one, and for one language its share (the recall of
                guessing at random by those shares); log_loss of the shares as probabilities
    low, high   95 % bootstrap interval over the test documents of each language, the languages
                being given, for "all", else NaN; NaN where a language has one test document
    tokens      test tokens that `value` is a mean over
    converged   whether the probe's fit converged

    The same arguments give the same table to the last bit on the same machine, and no global random
    state is read or changed. Raises `UserError` for fewer than two languages, a language with too
    little text, a tokenizer that does not fit the model, and states that are not finite.
    """
    check_vocabulary(model, tokenizer)
    if len(heldout) < 2:
        raise UserError(
            f"{len(heldout)} languages in the held-out text, probing needs 2",
            where="held-out text",
            fix="probe more languages",
        )
    context = fitting_context(model, settings.context)
    rows: list[dict[str, Any]] = []
    made = range(settings.seeds) if seeds is None else seeds
    with tqdm(total=len(made) * 2, desc="probing", unit="step", leave=False) as bar:
        for seed in made:
            sample = sample_tokens(heldout, tokenizer, settings, seed, context=context)
            states = hidden_states(
                model,
                sample.windows,
                sample.window_N,
                sample.position_N,
                batch_tokens=settings.batch_tokens,
            )
            train, test = states[:, ~sample.test_N], states[:, sample.test_N]
            del states
            bar.update()
            tasks = {"language": sample.language_N}
            if settings.control:
                tasks["control"] = control_labels(sample, len(heldout), settings.seed, seed)
            fits = fit_probes(
                train,
                [label_N[~sample.test_N] for label_N in tasks.values()],
                test,
                classes=len(heldout),
                l2=settings.l2,
                max_iterations=settings.max_iterations,
            )
            draws = derive(settings.seed, "probing.bootstrap", seed)
            for (task, label_N), fit in zip(tasks.items(), fits, strict=True):
                rows += [
                    {"seed": seed, "task": task, **row}
                    for row in _rows(fit, sample, label_N, list(heldout), draws)
                    if task == "language" or row["language"] == ALL
                ]
            bar.update()
    return pd.DataFrame(rows, columns=columns("probing"))


def control_labels(sample: TokenSample, classes: int, seed: int, probe_seed: int) -> Ids:
    """A label for every token that its type alone decides, at random with the languages' shares."""
    share_K = np.bincount(sample.language_N[~sample.test_N], minlength=classes) / np.sum(
        ~sample.test_N
    )
    draw_N = uniforms(seed, "probing.control", sample.token_N, probe_seed)
    return np.searchsorted(np.cumsum(share_K)[:-1], draw_N, side="right").astype(np.int64)


def _rows(
    fit: ProbeFit, sample: TokenSample, label_N: Ids, languages: Sequence[str], seed: int
) -> Iterator[dict[str, Any]]:
    """What the table says of one seed and task, depth by depth."""
    train_N, label_M = label_N[~sample.test_N], label_N[sample.test_N]
    share_K = np.bincount(train_N, minlength=len(languages)) / len(train_N)
    chance = {
        "accuracy": float((label_M == share_K.argmax()).mean()),
        "log_loss": float(-np.log(np.maximum(share_K[label_M], LEAST_PROBABILITY)).mean()),
    }
    right_DM = fit.probabilities_DMK.argmax(axis=2) == label_M
    given_DM = fit.probabilities_DMK[:, np.arange(len(label_M)), label_M]
    values = {
        "accuracy": right_DM.astype(np.float64),
        "log_loss": -np.log(np.maximum(given_DM, LEAST_PROBABILITY)),
    }
    _, first, document_M = np.unique(
        sample.document_N[sample.test_N], return_index=True, return_inverse=True
    )
    ends = {
        metric: bootstrap_ratio(
            _sums(value_DM, document_M).T,
            np.bincount(document_M),
            strata=sample.language_N[sample.test_N][first],
            seed=seed,
        )
        for metric, value_DM in values.items()
    }
    for depth in range(len(right_DM)):
        always = {"depth": depth, "converged": bool(fit.converged_D[depth])}
        for metric, value_DM in values.items():
            yield always | {
                "language": ALL,
                "metric": metric,
                "value": float(value_DM[depth].mean()),
                "chance": chance[metric],
                "low": float(ends[metric].low[depth]),
                "high": float(ends[metric].high[depth]),
                "tokens": len(label_M),
            }
        for place, language in enumerate(languages):
            own_M = label_M == place
            if own_M.any():
                yield always | {
                    "language": language,
                    "metric": "accuracy",
                    "value": float(right_DM[depth, own_M].mean()),
                    "chance": float(share_K[place]),
                    "low": np.nan,
                    "high": np.nan,
                    "tokens": int(own_M.sum()),
                }


def _sums(value_DM: Floats, group_M: Ids) -> Floats:
    """Sums (D, groups) over the tokens of each group, in a fixed order of addition."""
    order = np.argsort(group_M, kind="stable")
    starts = np.flatnonzero(np.diff(group_M[order], prepend=-1))
    return np.add.reduceat(value_DM[:, order], starts, axis=1)
