"""Compile the contract: `python protos/generate.py` writes server/ocr_server/_pb, `--check` compares with it.

    python protos/generate.py              write the Python code
    python protos/generate.py --check      exit 1 and name the files that are not what this would write
    python protos/generate.py --image F    write all descriptors, imports and comments included: what buf
                                           reads, and what a gateway needs
    python protos/generate.py --baseline   make today's contract the one that may not be broken: at a release

Imports of the generated code are rewritten: protoc derives them from the path of the .proto file, which would
make `ocr` a top-level package. The descriptors keep their names (`ocr/v1/document.proto`), which reflection and
other languages rely on.
"""

import argparse
import re
import shutil
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

from google.api import http_pb2
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from grpc_tools import protoc

PROTOS = Path(__file__).resolve().parent
GENERATED = PROTOS.parent / "server" / "ocr_server" / "_pb"
BASELINE = PROTOS / "breaking" / "baseline.binpb"
SOURCES = sorted(path.relative_to(PROTOS).as_posix() for path in PROTOS.glob("ocr/**/*.proto"))
INCLUDES = (
    PROTOS,
    Path(http_pb2.__file__).parents[2],  # googleapis-common-protos: google/api, google/rpc, google/type
    Path(str(files("grpc_tools") / "_proto")),  # google/protobuf/*.proto
)


def generate(target: Path) -> None:
    """Write the Python package into ``target``, which stands for ``ocr_server/_pb``."""
    _protoc(SOURCES, f"--python_out={target}", f"--pyi_out={target}")
    _protoc([source for source in SOURCES if source.endswith("_service.proto")], f"--grpc_python_out={target}")
    for path in _modules(target):
        path.write_text(re.sub(r"^from ocr\.", "from ocr_server._pb.ocr.", path.read_text(), flags=re.MULTILINE))
    for folder in {target / folder for source in SOURCES for folder in Path(source).parents[:-1]}:
        (folder / "__init__.py").write_text(f'"""Generated from protos/{folder.relative_to(target)}."""\n')


def write_image(target: Path) -> None:
    """Write every descriptor, imports and comments included, as a FileDescriptorSet."""
    _protoc(SOURCES, f"--descriptor_set_out={target}", "--include_imports", "--include_source_info")


def write_baseline(target: Path) -> None:
    """Write the descriptors without comments, in an order that does not change."""
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder) / "image.binpb"
        write_image(image)
        descriptors = FileDescriptorSet.FromString(image.read_bytes())
    for file in descriptors.file:
        file.ClearField("source_code_info")
    target.write_bytes(descriptors.SerializeToString(deterministic=True))


def drift(committed: Path) -> list[str]:
    """Return the paths, relative to ``committed``, that differ from what generate() writes now."""
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder))
        fresh, old = _contents(Path(folder)), _contents(committed)
    return sorted(path for path in fresh.keys() | old.keys() if fresh.get(path) != old.get(path))


def _contents(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in _modules(folder)}


def _modules(folder: Path) -> list[Path]:
    return [path for path in folder.glob("ocr/**/*") if path.suffix in (".py", ".pyi")]


def _protoc(sources: list[str], *arguments: str) -> None:
    includes = [f"--proto_path={folder}" for folder in INCLUDES]
    if protoc.main(["protoc", *includes, *arguments, *sources]) != 0:
        raise SystemExit("protoc failed; its messages are above")


def main() -> int:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true")
    what.add_argument("--image", type=Path, metavar="FILE")
    what.add_argument("--baseline", action="store_true")
    arguments = parser.parse_args()
    if arguments.check:
        differing = drift(GENERATED)
        for path in differing:
            print(f"differs from protos/: server/ocr_server/_pb/{path}; run `make protos`", file=sys.stderr)
        return 1 if differing else 0
    if arguments.image:
        write_image(arguments.image)
    elif arguments.baseline:
        write_baseline(BASELINE)
    else:
        shutil.rmtree(GENERATED / "ocr", ignore_errors=True)
        generate(GENERATED)
    return 0


if __name__ == "__main__":
    sys.exit(main())
