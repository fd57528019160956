"""Cut a PP-OCR recognizer's head down to the characters that European documents need.

The head of PP-OCRv6 small has 18,710 classes, nearly all of them Chinese, and its softmax goes over all of them
for every column. Without those the model is 8 MB smaller, a line costs a tenth less CPU, and no Chinese sign is read
into a Latin one. Blank, space, all characters below U+2460 (Latin with its accents, Greek, digits,
punctuation, currency signs) and the full-width forms stay. Chinese and Japanese need the whole head: put the file
from the wheel beside this one as version 2 of the model.

    python export/prune_ctc_head.py SOURCE.onnx DESTINATION.onnx

The same source gives the same bytes every time.
"""

import argparse
import sys
import unicodedata
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

LAST_CHARACTER = "\u245f"


def prune(source: Path, destination: Path) -> int:
    """Write the pruned model; return how many classes are left, blank and space among them."""
    model = onnx.load(source)
    metadata = next(entry for entry in model.metadata_props if entry.key == "character")
    dictionary = metadata.value.split("\n")
    kept = [index for index, character in enumerate(dictionary) if _is_wanted(character)]
    # Class 0 is the blank, the last one the space; neither stands in the dictionary.
    classes = np.array([0, *(index + 1 for index in kept), len(dictionary) + 1])
    metadata.value = "\n".join(dictionary[index] for index in kept)
    head = [weight for weight in model.graph.initializer if weight.dims[-1:] == [len(dictionary) + 2]]
    if len(head) != 2:
        raise ValueError(f"expected the head's weight and bias, found {[weight.name for weight in head]}")
    for weight in head:
        pruned = np.ascontiguousarray(numpy_helper.to_array(weight)[..., classes])
        weight.CopyFrom(numpy_helper.from_array(pruned, weight.name))
    model.graph.output[0].type.tensor_type.shape.dim[2].dim_value = len(classes)
    del model.graph.value_info[:]  # shapes of the whole head
    onnx.checker.check_model(model)
    destination.write_bytes(model.SerializeToString(deterministic=True))
    return len(classes)


def _is_wanted(character: str) -> bool:
    return character <= LAST_CHARACTER or unicodedata.east_asian_width(character) == "F"


def main() -> int:
    """Prune the model named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("destination", type=Path)
    arguments = parser.parse_args()
    print(f"{prune(arguments.source, arguments.destination)} classes left")
    return 0


if __name__ == "__main__":
    sys.exit(main())
