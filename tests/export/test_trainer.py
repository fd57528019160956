"""A training run stops at any time and goes on where it stopped."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import ImageFont
from transformers import VisionEncoderDecoderModel

from export.train.charset import ALPHABET
from export.train.fonts import Typeface
from export.train.model import Shape
from export.train.stream import Sources
from export.train.trainer import Plan, Trainer


@pytest.fixture
def found(tmp_path: Path) -> Sources:
    """Rendered lines only, in Pillow's own font."""
    built_in = ImageFont.load_default(size=22)
    assert isinstance(built_in, ImageFont.FreeTypeFont)
    path = tmp_path / "Builtin.ttf"
    path.write_bytes(built_in.font_bytes)
    typeface = Typeface(path, frozenset(ALPHABET[:95]))
    return Sources([typeface], [typeface], {"english": ["apple", "pear"]}, [], [])


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return Plan(
        folder=tmp_path / "run",
        shape=Shape(width=32, layers=1, decoder_width=32, decoder_layers=1),
        init=None,
        learning_rate=1e-3,
        real_share=0.0,
        columns_per_batch=400,
        minutes=0.04,
        cool_down=False,
        checkpoint_minutes=1.0,
        evaluate_minutes=1.0,
        threads=1,
        renderers=0,
    )


def test_a_run_goes_on_where_it_stopped(plan: Plan, found: Sources) -> None:
    first = Trainer(plan, found)
    first.run()
    assert first.step > 0
    second = Trainer(plan, found)
    assert (second.step, second.images) == (first.step, first.images)
    for kept, trained in zip(second.recognizer.parameters(), first.recognizer.parameters(), strict=True):
        assert torch.equal(kept, trained)
    for kept, trained in zip(second.average.parameters(), first.average.parameters(), strict=True):
        assert torch.equal(kept, trained)
    for resumed, left in zip(second.optimizers, first.optimizers, strict=True):
        assert resumed.state_dict()["state"].keys() == left.state_dict()["state"].keys()


def test_a_run_leaves_a_checkpoint_for_transformers_and_a_curve(plan: Plan, found: Sources) -> None:
    Trainer(plan, found).run()
    loaded = VisionEncoderDecoderModel.from_pretrained(plan.folder / "average")
    assert loaded.config.encoder.hidden_size == 32
    rows = [json.loads(line) for line in (plan.folder / "curve.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["step"] > 0 for row in rows] == [False, True]
    assert 0 <= rows[-1]["rendered"]["word_f1"] <= 1


def test_a_run_asked_to_stop_saves_and_ends(plan: Plan, found: Sources) -> None:
    trainer = Trainer(replace(plan, minutes=60.0), found)
    trainer.stop()
    trainer.run()
    assert trainer.checkpoint.exists()


def test_cooling_down_brings_the_rate_to_zero(plan: Plan, found: Sources) -> None:
    trainer = Trainer(replace(plan, cool_down=True), found)
    for progress, wanted in ((0.0, 1e-3), (0.5, 5e-4), (1.0, 0.0)):
        trainer._set_rate(progress, steps_since_start=10_000)
        rates = [group["lr"] for optimizer in trainer.optimizers for group in optimizer.param_groups]
        assert rates == pytest.approx([wanted] * 3)
