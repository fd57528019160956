"""What a result depends on beside the image, the options and the models: this code, its libraries, its limits."""

import hashlib
import importlib.metadata
import re
from pathlib import Path

import ocr_models
import ocr_server
from ocr_server.settings import Limits

_OPTIONAL = re.compile(r";.*\bextra\b")
_NAME = re.compile(r"[\w.-]+")


def reading_version(limits: Limits) -> str:
    """Hex digits that differ wherever a server might read differently.

    Nobody has to remember to count a number up: any change of any file of the two packages is another version, as is
    one of a library that serving needs. That starts caches anew more often than need be, which costs little.
    """
    of_images = limits.model_dump_json(include={"max_image_bytes", "max_image_pixels", "max_pages"})
    digest = hashlib.sha256(of_images.encode())
    for package in (ocr_models, ocr_server):
        folder = Path(package.__path__[0])
        for file in sorted(folder.rglob("*.py")):
            digest.update(file.relative_to(folder).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    for requirement in sorted(importlib.metadata.requires("ocr-server") or ()):
        if not _OPTIONAL.search(requirement) and (name := _NAME.match(requirement)):
            digest.update(f"{name[0]}=={importlib.metadata.version(name[0])}\0".encode())
    return digest.hexdigest()[:16]
