"""The command line as a shell sees it: output, errors, exit codes."""

import json
import os
import subprocess
import sys
from pathlib import Path

from PIL import Image

from benchmarks.server_process import ServerProcess


def _run(tmp_path: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "OCR_DATA_DIR": str(tmp_path / "data"), **settings}
    command = [sys.executable, "-m", "ocr_server", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_recognize_prints_one_line_of_json_a_file_in_the_order_given(tmp_path: Path, samples: Path) -> None:
    files = [str(samples / name) for name in ("receipt.png", "product-label.jpg")]
    done = _run(tmp_path, "recognize", *files, "--json")

    assert done.returncode == 0, done.stderr
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [record["file"] for record in records] == files
    receipt, label = (record["document"] for record in records)
    assert receipt["receipt"]["total"]["money"]["amount"]
    assert receipt["pages"][0]["lines"][0]["polygon"]["vertices"][0].keys() == {"x", "y"}
    assert label["barcodes"][0]["gtin"]
    assert {"document", "timing", "model_versions", "file"} == records[0].keys()


def test_a_running_server_gives_the_same_as_reading_here(server: ServerProcess, tmp_path: Path, samples: Path) -> None:
    receipt = str(samples / "receipt.png")
    here, there = (
        json.loads(_run(tmp_path, "recognize", receipt, "--json", *options).stdout)["document"]["pages"]
        for options in ((), ("--target", server.target))
    )
    assert here == there


def test_a_bad_file_is_named_on_stderr_and_the_others_are_read(tmp_path: Path, samples: Path) -> None:
    bad = tmp_path / "notes.txt"
    bad.write_text("not an image")
    missing = tmp_path / "missing.png"
    done = _run(tmp_path, "recognize", str(bad), str(missing), str(samples / "receipt.png"), "--json")

    assert done.returncode == 1
    assert [json.loads(line)["file"] for line in done.stdout.splitlines()] == [str(samples / "receipt.png")]
    assert "notes.txt: " in done.stderr
    assert "missing.png: " in done.stderr
    assert "Traceback" not in done.stderr


def test_people_get_tables_and_a_picture(tmp_path: Path, samples: Path) -> None:
    pictures = tmp_path / "pictures"
    done = _run(tmp_path, "recognize", str(samples / "receipt.png"), "--annotate", str(pictures))
    assert done.returncode == 0, done.stderr
    truth = json.loads((samples / "receipt.json").read_text())
    assert truth["fields"]["merchant_name"] in done.stdout
    with Image.open(pictures / "receipt.png") as drawn, Image.open(samples / "receipt.png") as page:
        assert drawn.height == page.height
        assert drawn.width > page.width


def test_barcodes_prints_what_the_readers_agree_on(tmp_path: Path, samples: Path) -> None:
    label = str(samples / "product-label.jpg")
    done = _run(tmp_path, "barcodes", label, "--json")
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    truth = json.loads((samples / "product-label.json").read_text())["barcodes"]
    assert record["file"] == label
    assert [barcode["text"] for barcode in record["barcodes"]] == [barcode["text"] for barcode in truth]


def test_read_lines_takes_each_file_as_one_line(tmp_path: Path, samples: Path) -> None:
    line = json.loads((samples / "receipt.json").read_text())["pages"][0]["lines"][0]
    xs, ys = ([vertex[axis] for vertex in line["polygon"]] for axis in (0, 1))
    crop = tmp_path / "line.png"
    with Image.open(samples / "receipt.png") as page:
        page.crop((int(min(xs)) - 3, int(min(ys)) - 3, int(max(xs)) + 4, int(max(ys)) + 4)).save(crop)
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"\x89PNG\r\n")

    done = _run(tmp_path, "read-lines", str(tmp_path / "missing.png"), str(crop), str(bad), "--json")
    assert done.returncode == 1
    assert "bad.png: " in done.stderr
    assert "missing.png: No such file or directory" in done.stderr
    record = json.loads(done.stdout)
    assert (record["file"], record["text"]) == (str(crop), line["text"])
    assert 0.5 < record["confidence"] <= 1


def test_a_wrong_setting_is_named_before_anything_starts(tmp_path: Path) -> None:
    done = _run(tmp_path, "settings", OCR_LIMITS__MAX_PAGES="many")
    assert done.returncode == 2
    assert "OCR_LIMITS__MAX_PAGES" in done.stderr
    assert "Traceback" not in done.stderr


def test_wrong_use_ends_with_two_and_help_teaches(tmp_path: Path) -> None:
    assert _run(tmp_path, "recognize").returncode == 2
    helped = _run(tmp_path, "recognize", "--help")
    assert helped.returncode == 0
    assert "--engine" in helped.stdout
