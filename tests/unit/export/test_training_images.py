"""Rendered lines: every glyph is where its span says, whatever was done to the image."""

import random
from pathlib import Path
from string import ascii_lowercase

import numpy as np
import pytest
from PIL import ImageFont

from export.train.batch import IGNORE, Example, by_width, collate
from export.train.charset import ALPHABET, BLANK, EOS, FIRST_CHARACTER, PAD
from export.train.degrade import Camera
from export.train.fonts import Typeface, split
from export.train.render import Ink, Typesetter
from ocr_models.trocr.line_image import COLUMN_PX, HEIGHT_PX, MIN_PADDING_PX, padded_width_px, stretch, to_line


@pytest.fixture(scope="module")
def typeface(tmp_path_factory: pytest.TempPathFactory) -> Typeface:
    """Pillow's own font, as a file."""
    built_in = ImageFont.load_default(size=22)
    assert isinstance(built_in, ImageFont.FreeTypeFont)
    path = tmp_path_factory.mktemp("font") / "Builtin-Regular.ttf"
    path.write_bytes(built_in.font_bytes)
    return Typeface(path, frozenset(ALPHABET[:95]))


@pytest.fixture
def ink(typeface: Typeface) -> Ink:
    return Typesetter([typeface], seed=2).set("A. I l X")


def test_ink_lies_within_the_spans_of_visible_characters(ink: Ink) -> None:
    columns = ink.coverage.max(0) > 0
    for character, (start, end) in zip(ink.text, ink.spans_px, strict=True):
        assert columns[int(start) + 1 : int(end)].any() == (character != " ")


def test_spans_follow_each_other(ink: Ink) -> None:
    assert np.all(ink.spans_px[:, 1] > ink.spans_px[:, 0])
    assert np.allclose(ink.spans_px[1:, 0], ink.spans_px[:-1, 1])


def test_a_character_that_no_typeface_has_is_left_out(typeface: Typeface) -> None:
    assert Typesetter([typeface], seed=1).set("A₿B").text == "AB"


@pytest.mark.parametrize("seed", range(40))
def test_a_photographed_line_keeps_ink_under_its_glyphs(typeface: Typeface, seed: int) -> None:
    """With all damage that moves ink: where the letters are, the picture varies more than between two words."""
    ink = Typesetter([typeface], seed).set("MMMM        MMMM")
    image, spans = Camera(seed).shoot(ink)
    assert image.shape[0] == HEIGHT_PX
    assert image.dtype == np.uint8
    assert len(spans) == len(ink.text)
    variation = np.abs(np.diff(image.astype(np.float32), axis=1)).mean(0)
    words = [variation[max(0, int(spans[a, 0])) : int(spans[b, 1])].mean() for a, b in ((0, 3), (12, 15))]
    between = variation[int(spans[5, 0]) : int(spans[10, 1])].mean()
    assert min(words) > between


def test_a_camera_without_damage_takes_what_was_set(typeface: Typeface) -> None:
    ink = Typesetter([typeface], seed=3).set("PLAIN")
    image, spans = Camera(seed=3, strength=0.0).shoot(ink)
    dark = np.flatnonzero(image.min(0) < 128)
    assert abs(dark[0] - spans[0, 0]) < 4
    assert abs(dark[-1] - spans[-1, 1]) < 4


def test_contrast_is_stretched_and_never_inverted() -> None:
    faint = np.full((20, 40), 180, np.uint8)
    faint[5:15, 10:20] = 120
    stretched = stretch(faint)
    assert stretched.max() == 255
    assert stretched[10, 15] == 0
    assert stretch(255 - faint)[10, 15] > stretch(255 - faint)[0, 0]


def test_a_blank_crop_stays_flat_and_finite() -> None:
    assert np.ptp(to_line(np.full((9, 70), 200, np.uint8)).astype(int)) == 0


def test_padding_leaves_white_behind_the_text() -> None:
    for width in range(6, 960):
        padded = padded_width_px(width)
        assert padded >= max(64, width + MIN_PADDING_PX)
        assert padded % COLUMN_PX == 0


def test_column_targets_spell_the_text_when_collapsed(typeface: Typeface) -> None:
    typesetter, camera, draw = Typesetter([typeface], 5), Camera(5), random.Random(5)
    for _ in range(60):
        ink = typesetter.set("".join(draw.choices("AABBWM0088", k=draw.randint(1, 20))))
        image, spans = camera.shoot(ink)
        batch = collate([Example(image, ink.text, spans)])
        row = batch.character_at[0]
        kept = [token for token, before in zip(row, [BLANK, *row[:-1]], strict=True) if token not in (before, BLANK)]
        # Glyphs narrower than a column share it; wide ones, as here, never vanish.
        if np.diff(spans, axis=1).min() > 2.5 * COLUMN_PX and spans[0, 0] >= 0 and spans[-1, 1] <= image.shape[1]:
            assert "".join(ALPHABET[token - FIRST_CHARACTER] for token in kept) == ink.text


def test_position_targets_rise_to_the_end_of_the_text(typeface: Typeface) -> None:
    ink = Typesetter([typeface], 8).set("Sub-Total: 1,250.00")
    image, spans = Camera(8).shoot(ink)
    positions = collate([Example(image, ink.text, spans)]).position_at[0]
    known = positions[positions != IGNORE]
    assert np.all(np.diff(known) >= 0)
    assert known[-1] == len(ink.text)


def test_tokens_begin_and_end_with_eos_and_real_lines_have_no_columns() -> None:
    image = np.zeros((HEIGHT_PX, 100), np.uint8)
    batch = collate([Example(image, "AB", None), Example(image, "ABCD", None)])
    assert batch.tokens[0].tolist() == [EOS, FIRST_CHARACTER + 33, FIRST_CHARACTER + 34, EOS, PAD, PAD]
    assert batch.is_real.all()
    assert np.all(batch.character_at == IGNORE)


def test_groups_hold_every_line_once_within_the_budget() -> None:
    draw = random.Random(1)
    lines = [Example(np.zeros((HEIGHT_PX, draw.randint(6, 900)), np.uint8), str(index), None) for index in range(200)]
    groups = by_width(lines, columns_per_batch=800)
    assert sorted(line.text for group in groups for line in group) == sorted(line.text for line in lines)
    for group in groups:
        widest = padded_width_px(max(line.image.shape[1] for line in group)) // COLUMN_PX
        assert len(group) == 1 or len(group) * widest <= 800


def test_a_family_of_fonts_is_wholly_seen_or_wholly_unseen() -> None:
    names = [f"{letter}ont{style}" for letter in ascii_lowercase for style in ("Sans-Bold", "Mono", "-Regular")]
    faces = [Typeface(Path(f"{name}.ttf"), frozenset()) for name in names]
    training, unseen = split(faces, families_held_out=5)
    assert len(training) == 3 * 21
    assert len(unseen) == 3 * 5
    assert not {face.path.name[0] for face in training} & {face.path.name[0] for face in unseen}
