# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "fontpkg-barlow==1.408",
#     "fontpkg-barlow-condensed==1.408",
#     "fontpkg-ibm-plex-mono==2.3",
#     "numpy==2.4.6",
#     "opencv-python-headless==5.0.0.93",
#     "pillow==13.0.0",
#     "reportlab==5.1.0",
#     "zxing-cpp==3.1.1",
# ]
# ///
"""Draw the sample documents and write what stands on them beside them. Everything on them is invented."""

import json
from pathlib import Path
from typing import Any

import invoice
import photograph
import product_label
import receipt

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Write every sample; the same files, byte by byte, each time."""
    sheet, fields = receipt.draw()
    sheet.image.save(HERE / "receipt.png", optimize=True)
    _write_truth("receipt", sheet.truth(fields))

    photo = photograph.take(sheet)
    photo.image.save(HERE / "receipt-photo.jpg", quality=82, optimize=True)
    _write_truth("receipt-photo", photo.truth(fields))

    label, label_fields = product_label.draw()
    label.image.save(HERE / "product-label.jpg", quality=88, optimize=True)
    _write_truth("product-label", label.truth(label_fields))

    _write_truth("invoice", invoice.draw(HERE / "invoice.pdf"))


def _write_truth(name: str, truth: dict[str, Any]) -> None:
    (HERE / f"{name}.json").write_text(json.dumps(truth, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
