"""Which lines the line benchmark reads, and how they are cut."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks import line_domains
from benchmarks.line_domains import Domain, find_domains
from export.train.degrade import Camera
from export.train.render import Ink


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A receipt of one word that has a box of its own, and one whose box touches the page's corner."""
    monkeypatch.setattr(line_domains, "CACHE", tmp_path / "cache")
    folder = tmp_path / "data" / "sroie" / "eval"
    folder.mkdir(parents=True)
    page = np.full((60, 100, 3), 255, np.uint8)
    page[20:30, 40:70] = (0, 0, 200)  # OpenCV's order: red
    cv2.imwrite(str(folder / "1.png"), page)
    boxes = [(40, 20, 70, 30, "TOTAL  5.00"), (0, 0, 20, 10, "NO 1"), (5, 40, 9, 50, " ")]
    lines = [{"polygon": [[a, b], [c, b], [c, d], [a, d]], "text": text} for a, b, c, d, text in boxes]
    (folder / "records.jsonl").write_text(json.dumps({"image": "1.png", "lines": lines}) + "\n")
    return tmp_path / "data"


def receipts(data: Path, limit: int = 0) -> Domain:
    (domain,) = find_domains(data, limit)
    return domain


def test_a_line_is_cut_two_pixels_wider_than_its_box_and_never_beyond_the_page(data: Path) -> None:
    shapes = [cv2.imread(str(line.path)).shape[:2] for line in receipts(data).lines]
    assert shapes == [(14, 34), (12, 22)]


def test_colours_survive_the_cut(data: Path) -> None:
    crop = cv2.imread(str(receipts(data).lines[0].path))
    assert crop[7, 17].tolist() == [0, 0, 200]


def test_spaces_are_joined_and_lines_without_text_left_out(data: Path) -> None:
    found = receipts(data)
    assert [line.text for line in found.lines] == ["TOTAL 5.00", "NO 1"]
    assert (found.name, found.cased, found.lines[0].page) == ("receipts", False, "1.png")


def test_a_limit_picks_the_same_lines_each_time(data: Path) -> None:
    assert len(receipts(data, 1).lines) == 1
    assert receipts(data, 1) == receipts(data, 1)


def test_what_is_not_there_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_domains, "CACHE", tmp_path)
    assert find_domains(tmp_path / "nowhere", 0) == []


def test_each_drawn_line_is_a_page_of_its_own_in_both_levels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_domains, "CACHE", tmp_path)
    (tmp_path / "typefaces").mkdir()
    rows = [
        {"image": f"{level}/{n}.png", "level": level, "family": "Serif", "text": "Ab"}
        for n in range(2)
        for level in ("print", "damage")
    ]
    (tmp_path / "typefaces" / "records.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    domains = find_domains(tmp_path / "nowhere", 0)
    assert [domain.name for domain in domains] == ["typefaces, print", "typefaces, damage"]
    assert all(domain.cased and len({line.page for line in domain.lines}) == 2 for domain in domains)


def test_a_photograph_keeps_the_resolution_of_what_was_set() -> None:
    coverage = np.zeros((120, 300), np.uint8)
    coverage[40:80, 20:280:8] = 255
    ink = Ink("x", coverage, np.array([[20, 280]], np.float32), top_px=40, bottom_px=80, baseline_px=72, size_px=36)
    crop = Camera(seed=1, strength=0.0).photograph(ink)
    assert 36 <= crop.shape[0] <= 80
    assert crop.shape[1] >= 250
