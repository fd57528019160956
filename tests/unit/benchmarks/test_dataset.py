"""Which pages a benchmark reads."""

import json
from pathlib import Path

import pytest

from benchmarks.dataset import TruePage, find_pages, spread


def test_records_name_the_images_and_their_lines(tmp_path: Path) -> None:
    record = {"image": "pages/1.jpg", "lines": [{"text": "TOTAL"}, {"text": "5.00"}]}
    (tmp_path / "records.jsonl").write_text(json.dumps(record) + "\n")
    assert find_pages(tmp_path) == [TruePage(tmp_path / "pages/1.jpg", "TOTAL\n5.00")]


def test_the_samples_are_found_with_their_text(samples: Path) -> None:
    pages = {page.path.name: page.text for page in find_pages(samples)}
    assert set(pages) == {"receipt.png", "receipt-photo.jpg", "product-label.jpg"}
    assert "TOTAL USD" in pages["receipt.png"].splitlines()


def test_a_folder_without_truth_is_refused(tmp_path: Path) -> None:
    (tmp_path / "picture.png").touch()
    with pytest.raises(FileNotFoundError, match="no pages"):
        find_pages(tmp_path)


def test_a_limit_picks_evenly_and_never_twice() -> None:
    pages = [TruePage(Path(str(number)), "") for number in range(10)]
    assert [page.path.name for page in spread(pages, 3)] == ["0", "3", "6"]
    assert spread(pages, 0) == spread(pages, 99) == pages
