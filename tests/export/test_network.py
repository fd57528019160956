"""The network that is trained is a plain TrOCR, grows without forgetting, and learns from where glyphs stand."""

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import VisionEncoderDecoderModel

from export.train import losses, model
from export.train.batch import Batch, Example, collate
from export.train.charset import EOS, FIRST_CHARACTER, ID_OF, PAD, VOCABULARY_SIZE, decode
from export.train.grow import warm_start
from export.train.model import Recognizer, Shape
from export.train.trainer import optimizers
from ocr_models.trocr.line_image import HEIGHT_PX, MAX_WIDTH_PX

SMALL = Shape(width=64, layers=2, decoder_width=64, decoder_layers=1)


def bars(text: str, *, with_spans: bool = True) -> Example:
    """A line in a made-up script: each character is a block as high as its place in the alphabet."""
    image = np.full((HEIGHT_PX, 16 * len(text)), 255, np.uint8)
    for index, character in enumerate(text):
        image[: 3 * (1 + "ABCDEFGH".index(character)), 16 * index + 3 : 16 * index + 13] = 0
    edges = 16.0 * np.arange(len(text) + 1, dtype=np.float32)
    return Example(image, text, np.stack([edges[:-1], edges[1:]], axis=1) if with_spans else None)


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> None:
    """Threads only slow networks of this size down."""
    torch.set_num_threads(1)


@pytest.fixture
def small() -> Recognizer:
    torch.manual_seed(1)
    return Recognizer(SMALL)


@pytest.fixture
def batch() -> Batch:
    return collate([bars("ABCD"), bars("HAH"), bars("FEEDBACK".replace("K", "A")), bars("GAB", with_spans=False)])


def test_a_saved_network_is_read_by_transformers_and_its_generate_writes_what_ours_does(
    small: Recognizer, tmp_path: Path
) -> None:
    model.save(small, tmp_path)
    stock = VisionEncoderDecoderModel.from_pretrained(tmp_path).eval()
    images = torch.randint(0, 256, (3, HEIGHT_PX, MAX_WIDTH_PX), dtype=torch.uint8)
    ours = small.eval().write(small.encode(images), most=12)
    theirs = stock.generate((images.float() / 127.5 - 1)[:, None], max_length=13, num_beams=1, do_sample=False)
    for our_ids, their_ids in zip(ours, theirs[:, 1:].tolist(), strict=True):
        assert decode(our_ids) == decode(their_ids)


def test_a_saved_network_comes_back_whole(small: Recognizer, tmp_path: Path) -> None:
    model.save(small, tmp_path)
    back = model.load(tmp_path).state_dict()
    assert back.keys() == small.state_dict().keys()
    assert all(torch.equal(back[name], weight) for name, weight in small.state_dict().items())


@pytest.mark.parametrize("shape", [Shape(128, 2, 64, 1), Shape(64, 4, 64, 1), Shape(128, 3, 64, 1)])
def test_a_grown_network_computes_what_the_small_one_did(small: Recognizer, shape: Shape) -> None:
    large = Recognizer(shape)
    warm_start(large, small.state_dict())
    images = torch.randint(0, 256, (2, HEIGHT_PX, 160), dtype=torch.uint8)
    tokens = torch.tensor([[EOS, 40, 41, 42], [EOS, 50, 51, PAD]])
    with torch.no_grad():
        before, after = small.encode(images), large.encode(images)
        torch.testing.assert_close(large.dense(after), small.dense(before), atol=1e-3, rtol=1e-3)
        torch.testing.assert_close(
            large.decode(after, tokens)[0], small.decode(before, tokens)[0], atol=1e-3, rtol=1e-3
        )


def test_everything_that_is_new_in_a_grown_network_learns(small: Recognizer, batch: Batch) -> None:
    large = Recognizer(Shape(128, 3, 64, 1))
    warm_start(large, small.state_dict())
    optimizer = torch.optim.SGD(large.parameters(), 0.1)
    for seed in range(2):  # what writes is woken first, what reads it one step later
        optimizer.zero_grad()
        compute(large, batch, seed).total().backward()
        optimizer.step()
    for name, weight in large.named_parameters():
        assert weight.grad is not None, name
        if name.endswith(("query.weight", "intermediate.dense.weight", "output.dense.weight")):
            assert weight.grad[-1].abs().sum() > 0, name


def test_training_teaches_to_read(small: Recognizer) -> None:
    """On a script of eight bars, in 150 steps: the whole recipe works, decoder included."""
    draw = np.random.default_rng(0)
    both = optimizers(small, 3e-3)
    for step in range(150):
        lines = [bars("".join(draw.choice(list("ABCDEFGH"), draw.integers(1, 7)))) for _ in range(12)]
        compute(small, collate(lines), step).total().backward()
        torch.nn.utils.clip_grad_norm_(small.parameters(), 1.0)
        for optimizer in both:
            optimizer.step()
            optimizer.zero_grad()
    unseen = ["HGFEDC", "ABAB", "C", "DDEEF"]
    images = torch.from_numpy(collate([bars(text) for text in unseen]).images)
    small.eval()
    with torch.inference_mode():
        read = [decode(ids) for ids in small.write(small.encode(images))]
    assert read == unseen


def test_a_batch_of_real_lines_alone_has_no_position_losses(small: Recognizer) -> None:
    found = compute(small, collate([bars("ABC", with_spans=False)]), 0)
    assert found.dense == found.position == found.attention == 0
    assert found.ctc > 0
    assert found.text > 0


def test_letter_case_costs_nothing_on_real_lines() -> None:
    logits = torch.full((1, VOCABULARY_SIZE), -20.0)
    logits[0, ID_OF["a"]] = 0.0
    log_probability = losses.without_case(torch.log_softmax(logits, -1))
    assert log_probability[0, ID_OF["A"]].exp() == pytest.approx(1.0, abs=1e-4)
    assert log_probability[0, ID_OF["É"]].exp() < 1e-4
    assert log_probability[0, ID_OF["1"]].exp() < 1e-4


def test_a_surplus_behind_the_end_is_answered_with_the_end() -> None:
    tokens = torch.from_numpy(collate([bars("ABCD")] * 200).tokens)
    given, wanted = losses._teach(tokens, torch.Generator().manual_seed(0))
    surplus = given[:, 5:]
    assert (surplus >= FIRST_CHARACTER).any(1).float().mean() == pytest.approx(0.3, abs=0.1)
    assert torch.all(wanted[:, 5:][surplus >= FIRST_CHARACTER] == EOS)


def compute(recognizer: Recognizer, batch: Batch, seed: int) -> losses.Losses:
    return losses.compute(recognizer, batch, torch.device("cpu"), torch.Generator().manual_seed(seed))
