"""The summary's words, from tables with planted truths."""

import numpy as np

from analysis.report.groups import group
from tests.analysis.report.shown import words
from tests.analysis.report.synthetic import run, tables


def test_the_words_say_what_was_planted_and_no_more() -> None:
    told = words(group([run()]))
    assert "fell from 6.40 bits per byte at step 0 to 5.45" in told["Loss"]
    assert "(95 % intervals apart from step 1 on)" in told["Loss"]
    assert "8,000 training tokens up to step 8" in told["Tokens seen"]
    assert "rose from 40.5 % at step 0 to 63.0 % at step 8" in told["Probing"]
    assert "apart from step 4 on" in told["Probing"]
    assert "it rose at 3 of 4 depths (1-3)." in told["Probing"]
    assert "above chance (25.0 %) with its whole 95 % interval from step 0 on" in told["Probing"]
    assert "accuracy (63.0 %) is above that of the control task (30.0 %)" in told["Probing"]
    assert "rose from 1.00 times chance at step 0" in told["Overlap of experts"]
    overlap = told["Overlap of experts"]
    assert "above chance with its whole 95 % interval from step 1 on" in overlap
    assert "Experts of different concepts share 1.10 times chance there. What the same" in overlap
    assert "has beyond that rose from -0.10 times chance at step 0 to +" in overlap
    assert "It is above 0 with its whole 95 % interval from step 2 on." in overlap
    assert "highest between es-pt" in overlap
    assert "layer 2 is the highest in 90.0 % of draws" in told["Overlap of experts"]
    families = told["Families of languages"]
    assert "Experts shared within families: no change found between 2.00 times" in families
    assert "beyond that: no change found between +0.90 times chance at step 0 and" in families
    assert "At step 8 it is below 0 with its whole 95 % interval." in families  # between them
    assert "(2.00 times chance) is above what is shared between families (1.00 tim" in families
    division = told["Experts and language neurons"]
    assert "in the same language rose from 1.00 times chance at step 0 to 3.00" in division
    assert "is above those among experts in another language (1.00 times chance)" in division
    assert "that random sets give as many: p = 0.04" in division
    zero = told["Neurons set to zero"]
    assert "rose from +0.100 bits per byte at step 0 to +0.800 bits per byte" in zero
    assert "is above that without another language's neurons (+0.100 bits per byte)" in zero
    assert "at depth 1 of 3 rose from 10.0 % at step 0 to 50.0 %" in told["Logit lens"]
    assert "words of en lead at depth 1 (20.0 %; a uniform guess" in told["Logit lens"]
    steering = told["Steering"]
    assert "Share of texts in es under its experts rose from 10.0 % at step 0 to 50.0 %" in steering
    assert (
        "the share (50.0 %) is above that with nothing forced (+40.0 points, +34.0 points to "
        "+46.0 points), that with random units (+40.0 points"
    ) in steering
    assert "likelier words of the concept in es under its experts rose from +0.10 nats" in steering
    assert "It is above chance (+0.00 nats)" in steering
    assert "the gain (+0.50 nats) is above that with random units (+0.50 nats, +0.44" in steering
    assert "identifier gives 2.0 % of held-out snippets in es to another language." in steering
    assert "about the concept under experts of es: no change found" in steering
    assert "Under experts of es most texts are told to be es (50.0 %)" in steering
    assert told["Texts under forcing"] == "21 texts of step 8 are shown."
    kept = told["Experts kept"]
    assert "60.0 % were experts at step 0 (95 % interval 58.0 % to 62.0 %) and 80.0 % were" in kept
    assert "no change found" in told["Language neurons"]
    assert "changed at none of 3 layers" in told["Language neurons"]


def test_steering_is_told_by_paired_differences_and_not_by_intervals_apart() -> None:
    made = tables()
    rows = made["steering"]
    rows["low"], rows["high"] = 0.0, 1.0
    rows["over_random_low"] = -0.01
    steering = words(group([run(made=made)]))["Steering"]
    assert (
        "the share (50.0 %) is above that with nothing forced (+40.0 points, +34.0 points to "
        "+46.0 points), that with experts of shuffled labels (+40.0 points, +34.0 points to +46.0 "
        "points) and not told from that with random units (+40.0 points, -1.0 points to +46.0 poi"
    ) in steering


def test_one_concept_says_that_no_interval_is_known() -> None:
    made = tables()
    for name in ("kept", "overlap"):
        made[name][["low", "high"]] = np.nan
    made["overlap"][["other_concepts", "excess", "excess_low", "excess_high"]] = np.nan
    told = words(group([run(made=made)]))
    assert "60.0 % were experts at step 0 (no interval is known)" in told["Experts kept"]
    assert "different concepts" not in told["Overlap of experts"]
    assert "nan" not in told["Overlap of experts"]
