"""How long the analyses of one checkpoint take on this machine: made once, of the untrained model.

An analysis' time depends on the model's shape, its text and its settings, not on what the model has
learnt; probes alone converge sooner or later.
"""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import torch

from analysis.errors import UserError
from analysis.inputs import open_inputs
from analysis.run import analyse, explain
from analysis.settings import BUILT
from callbacks.checkpoint import CheckpointWriter, Provenance


def analysis_seconds(values: Any) -> float:  # noqa: ANN401 (jsonargparse's Namespace)
    """Seconds that a checkpoint's analyses take; `values` are a run's, with the classes built.

    Everything is written to a temporary folder, which is deleted. Raises `UserError` when the data
    is not prepared and when an analysis fails.
    """
    data, module, settings = values.data, values.model, values.analyses
    data.setup()
    if settings.experts is not None and settings.concepts == BUILT:
        settings = replace(settings, concepts=str(data.build_concepts()))
    inputs = open_inputs(settings, data.store.held_out_path)
    with TemporaryDirectory() as place:
        writer = CheckpointWriter(
            Path(place),
            values.checkpoints,
            lambda _: module.export(),
            data.store.tokenizer_folder,
            Provenance(data.store.fingerprint, "", lambda _: {}),
        )
        folder = writer.write(module.export(), 0)
        device = "cuda" if torch.cuda.is_available() else "cpu"
        began = perf_counter()
        outcome = analyse(folder, Path(place) / "results", inputs, device=device)
        seconds = perf_counter() - began
    for name, error in outcome.failed.items():
        raise UserError(explain(error), where=f"analyses.{name}")
    return seconds
