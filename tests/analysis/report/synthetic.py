"""Results tables with planted truths, in any size.

Loss falls at every step. Probing accuracy rises by 0.3 at step 4, at all depths but 0, where
nothing changes. Experts shared rise with the step, most in the last layer; es and pt share twice
what others share; the best few experts share 99 times what chance gives, which nothing that is
about all of them may show. Language neurons stay as they are, and so does what families share:
twice what chance gives within them, and just what it gives between them. From step 4 on experts are
language neurons of their own language three times as often as chance has it, the lens gives 0.5 to
words of the language read instead of 0.1, a language pays 0.8 bits for its own neurons instead of
0.1, and half of the texts under forced experts are in the experts' language, instead of a tenth.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from analysis.layout import CONFIG
from analysis.report.runs import READ, TOKENS, Run
from analysis.results import FOLDER, Filters, write_table
from analysis.step_axis import place
from analysis.tables import ALL, ALL_LAYERS, MEAN, NONE, columns

LANGUAGES = ("en", "es", "pt", "zh")
STEPS = (0, 1, 2, 4, 8)


def tables(
    steps: Sequence[int] = STEPS,
    layers: int = 3,
    languages: Sequence[str] = LANGUAGES,
    shift: float = 0.0,
) -> dict[str, pd.DataFrame]:
    """Whole tables of all steps; `shift` is added to loss and accuracy."""
    made = {
        "heldout": _heldout(steps, languages, shift),
        "probing": _probing(steps, layers + 1, len(languages), shift),
        "overlap": _overlap(steps, layers, languages),
        "families": _families(steps, layers),
        "kept": _kept(steps, languages),
        "lape": _lape(steps, layers, languages),
        "division": _division(steps, layers),
        "lens": _lens(steps, layers + 1, languages),
        "deactivation": _deactivation(steps, languages),
        "steering": _steering(steps, languages),
        "steering_texts": _texts(steps, languages),
    }
    for name, rows in made.items():
        assert set(rows.columns) == {"step", *columns(name)}, name
    return made


def write(results: Path, made: dict[str, pd.DataFrame], settings: str = "s") -> Path:
    """The tables in a results folder."""
    for name, rows in made.items():
        for step, part in rows.groupby("step"):
            note = {"settings": settings, "text": "t"}
            write_table(results, name, int(str(step)), part.drop(columns="step"), note)
    return results


def run(
    name: str = "demo",
    made: Mapping[str, pd.DataFrame] | None = None,
    config: dict[str, object] | None = None,
    settings: str = "s",
) -> Run:
    """A run as `read_runs` gives it."""
    kept = {
        table: rows[_held(rows, READ[table])]
        for table, rows in (tables() if made is None else made).items()
    }
    kept[TOKENS] = pd.DataFrame({"step": STEPS, "value": [1000 * step for step in STEPS]})
    return Run(name, Path(name), config, kept, dict.fromkeys(kept, (settings, "t")))


def _held(rows: pd.DataFrame, conditions: Filters) -> "pd.Series[bool]":
    tests: Mapping[str, Callable[[Any, Any], Any]] = {
        "==": operator.eq, "!=": operator.ne, "<": operator.lt, ">": operator.gt
    }  # fmt: skip
    held = pd.Series(True, index=rows.index)  # noqa: FBT003 (of all rows)
    for column, name, value in conditions:
        held &= tests[name](rows[column], value)
    return held


def make_run(run: Path, *, seed: int = 0, width: int = 64, shift: float = 0.0) -> Path:
    """A run folder with results, a configuration and a record of tokens, and no checkpoints."""
    write(run / FOLDER, tables(shift=shift))
    config = {"seed": seed, "run": {"folder": str(run)},
              "model": {"seed": seed, "shape": {"d_model": width}}}  # fmt: skip
    (run / CONFIG).write_text(yaml.safe_dump(config))
    lines = [f'{{"step": {step}, "tokens/all": {step * 1000}.0}}\n' for step in STEPS[1:]]
    (run / "metrics.jsonl").write_text("".join(lines))
    return run


def _interval(rows: pd.DataFrame, half: float) -> pd.DataFrame:
    return rows.assign(low=rows["value"] - half, high=rows["value"] + half)


def _excess(rows: pd.DataFrame) -> pd.DataFrame:
    excess = rows["value"] - rows["other_concepts"]
    return rows.assign(excess=excess, excess_low=excess - 0.3, excess_high=excess + 0.3)


def _heldout(steps: Sequence[int], languages: Sequence[str], shift: float) -> pd.DataFrame:
    rows = pd.DataFrame(
        [
            {"step": step, "language": language, "metric": metric, "chance": 7.0,
             "value": 6 - 0.3 * place(step) + 0.1 * number + shift}
            for step in steps
            for number, language in enumerate([*languages, MEAN])
            for metric in ("bits_per_byte", "bits_per_token")
        ]
    )  # fmt: skip
    return _interval(rows, 0.1).assign(tokens=100, bytes=400, documents=9)


def _probing(steps: Sequence[int], depths: int, languages: int, shift: float) -> pd.DataFrame:
    rows = pd.DataFrame(
        [
            {"step": step, "depth": depth, "seed": seed, "task": task, "language": ALL,
             "metric": "accuracy", "chance": 1 / languages,
             "value": 0.4 + (0.3 if step >= 4 and depth else 0) + 0.01 * seed + shift
             if task == "language" else 0.3}
            for step in steps
            for depth in range(depths)
            for seed in (0, 1)
            for task in ("language", "control")
        ]
    )  # fmt: skip
    return _interval(rows, 0.02).assign(tokens=100, converged=True)


def _overlap(steps: Sequence[int], layers: int, languages: Sequence[str]) -> pd.DataFrame:
    pairs = [(a, b) for number, a in enumerate(languages) for b in languages[number + 1 :]]
    rows = pd.DataFrame(
        [
            {"step": step, "language_a": a, "language_b": b, "layer": layer,
             "ratio": (1 + 0.1 * place(step) * (2 + layer)) * (2 if (a, b) == ("es", "pt") else 1)}
            for step in steps
            for a, b in [(ALL, ALL), *pairs]
            for layer in [*range(layers), ALL_LAYERS]
        ]
    )  # fmt: skip
    rows["chance"] = np.where(rows["layer"] == ALL_LAYERS, 2.0 * layers, 2.0)
    rows["k"] = 10 * rows["chance"]
    rows["value"] = rows["ratio"] * rows["chance"]
    rows["other_concepts"] = 1.1 * rows["chance"]
    rows["highest"] = np.where(rows["layer"] == layers - 1, 0.9, 0.1 / max(layers - 1, 1))
    rows["top"] = 100
    few = rows[rows["layer"] == ALL_LAYERS].assign(top=10, ratio=99.0, value=99.0)
    rows = pd.concat([rows, few])
    return _excess(_interval(rows, 0.1)).assign(concept=ALL, p_value=0.01)


def _kept(steps: Sequence[int], languages: Sequence[str]) -> pd.DataFrame:
    rows = pd.DataFrame(
        [
            {"step": step, "since": since, "since_step": steps[0] if since == "first" else before,
             "language": language, "value": 80.0 if since == "previous" else 60.0}
            for before, step in pairwise(steps)
            for since in ("first", "previous")
            for language in [*languages, MEAN]
        ],
        columns=["step", "since", "since_step", "language", "value"],
    )  # fmt: skip
    return _interval(rows, 2.0).assign(
        concept=ALL, k=100.0, chance=5.0, ratio=rows["value"] / 5, replaced=100 - rows["value"]
    )


def _lape(steps: Sequence[int], layers: int, languages: Sequence[str]) -> pd.DataFrame:
    rows = pd.DataFrame(
        [
            {"step": step, "layer": layer, "language": language, "metric": "below_null",
             "neurons": 100 if layer >= 0 else 100 * layers}
            for step in steps
            for layer in [*range(layers), ALL_LAYERS]
            for language in [ALL, *languages]
        ]
    )  # fmt: skip
    rows["value"], rows["chance"] = 0.05 * rows["neurons"], 0.01 * rows["neurons"]
    return _interval(rows, 1.0).assign(tokens=1000)


def _families(steps: Sequence[int], layers: int) -> pd.DataFrame:
    rows = pd.DataFrame(
        [
            {"step": step, "relation": "within" if a == b else "between", "family_a": a,
             "family_b": b, "layer": layer, "top": top, "ratio": ratio if top == 100 else 99.0}
            for step in steps
            for layer in [*range(layers), ALL_LAYERS]
            for a, b, ratio in [("Romance", "Romance", 2.0), ("Romance", "Germanic", 1.0)]
            for top in (10, 100)
        ]
    )  # fmt: skip
    whole = rows.assign(family_a=ALL, family_b=ALL)
    rows = pd.concat([rows, whole]).assign(chance=4.0, k=100.0, other_concepts=4.4)
    rows["value"] = rows["ratio"] * rows["chance"]
    return _excess(_interval(rows, 0.4)).assign(p_value=0.01)


def _division(steps: Sequence[int], layers: int) -> pd.DataFrame:
    rows = pd.DataFrame(
        [
            {"step": step, "layer": layer, "experts": kind, "language": language,
             "chance": 2.0 if layer else 0.0, "ratio": 3.0 if kind == "own" and step >= 4 else 1.0}
            for step in steps
            for layer in [*range(layers), ALL_LAYERS]
            for kind, language in [("own", MEAN), ("other", MEAN), ("shared", ALL), ("own", "en")]
        ]
    )  # fmt: skip
    rows["value"] = rows["ratio"] * rows["chance"]
    return _interval(rows, 0.5).assign(neurons=100, k=20.0, language_neurons=10.0, p_value=0.04)


def _lens(steps: Sequence[int], depths: int, languages: Sequence[str]) -> pd.DataFrame:
    rows = pd.DataFrame(
        [
            {"step": step, "depth": depth, "language": read, "predicted": words, "text": 0.8,
             "value": (0.5 if step >= 4 else 0.1) if read == words else 0.02,
             "chance": 0.2 if words == "en" else 0.02}
            for step in steps
            for depth in range(depths)
            for read in languages
            for words in [*languages, NONE]
        ]
    )  # fmt: skip
    return _interval(rows, 0.05).assign(uniform=0.03, tokens=100, documents=9)


def _deactivation(steps: Sequence[int], languages: Sequence[str]) -> pd.DataFrame:
    rows = pd.DataFrame(
        [
            {"step": step, "neurons_of": neurons, "language": text,
             "value": 0.8 if neurons == text and step >= 4 else 0.1}
            for step in steps
            for neurons in languages
            for text in languages
        ]
    )  # fmt: skip
    rows = _interval(rows, 0.05).assign(chance=0.02, bits_per_byte=3.0)
    return rows.assign(neurons=5, tokens=100, documents=9)


def _forcings(languages: Sequence[str]) -> list[tuple[str, str, int, float]]:
    """Source language, forcing, units and factor, in the order of the real tables."""
    sources = [
        (source, *forced)
        for source in languages[:2]
        for forced in [("experts", 20, 1.0), ("random", 20, 1.0), ("shuffled", 20, 1.0),
                       ("experts", 5, 1.0)]
    ]  # fmt: skip
    return [(ALL, "none", 0, 0.0), *sources]


def _steering(steps: Sequence[int], languages: Sequence[str]) -> pd.DataFrame:
    measures = [("language_share", code) for code in [*languages, "mixed"]]
    measures += [(name, ALL) for name in ("about", "nats_per_token", "repetition")]
    measures += [("identifier_wrong", code) for code in languages]
    measures += [("word_log_probability", code) for code in languages]
    rows = pd.DataFrame(
        [
            {"step": step, "source_language": source, "concept": ALL, "forcing": forcing, "k": k,
             "factor": factor, "metric": metric, "language": language,
             "value": 0.9 if k == 5 else
             0.5 if step >= 4 and forcing == "experts" and language == source else 0.1}
            for step in steps
            for source, forcing, k, factor in _forcings(languages)
            for metric, language in measures
            if metric not in {"none": ["word_log_probability"]}.get(forcing, ["identifier_wrong"])
        ]
    )  # fmt: skip
    rows.loc[rows["metric"] == "identifier_wrong", "value"] = 0.02
    chance = np.where(rows["metric"] == "word_log_probability", 0.0, 0.1)
    rows = _interval(rows, 0.05).assign(chance=chance, texts=100)
    controlled = (rows["forcing"] == "experts") & (rows["k"] == 20)
    for name, there in (
        ("difference", rows["forcing"] != "none"),
        ("over_random", controlled),
        ("over_shuffled", controlled),
    ):
        rows[name] = (rows["value"] - rows["chance"]).where(there)
        rows[f"{name}_low"], rows[f"{name}_high"] = rows[name] - 0.06, rows[name] + 0.06
    return rows


def _texts(steps: Sequence[int], languages: Sequence[str]) -> pd.DataFrame:
    rows = pd.DataFrame(
        [
            {"step": step, "source_language": source, "forcing": forcing, "k": k, "factor": factor,
             "concept": ALL if source == ALL else concept, "seed": seed,
             "text": f"الدار {step} {forcing} {k} {concept} {seed}"}
            for step in steps
            for source, forcing, k, factor in _forcings(languages)
            for concept in (("water", "fire") if source != ALL else (ALL,))
            for seed in range(5)
        ]
    )  # fmt: skip
    return rows.assign(
        tokens=9, ended=False, language="en", confidence=0.9, mentions="", repeated=0.1, nats=30.0,
        start="</s>",
    )  # fmt: skip
