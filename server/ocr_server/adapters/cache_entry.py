"""A result as caches keep it: compressed JSON behind the digest of its key."""

import zlib

from ocr_server.adapters.json_codec import RECOGNITION
from ocr_server.domain.document import Recognition
from ocr_server.ports import ResultKey

# Some sixty dense pages. Taking one apart, a millisecond a page, holds the interpreter, on whatever thread.
MAX_ENTRY_BYTES = 2**20
# A page is about 50 kB of JSON, a third of that compressed: whatever unpacks to more was not packed here.
_MAX_JSON_BYTES = 16 * MAX_ENTRY_BYTES


def pack(key: ResultKey, recognition: Recognition) -> bytes | None:
    """The entry for a result; None if it is too large, or has text that is not Unicode."""
    try:
        json = RECOGNITION.dump(recognition).encode()
    except ValueError:
        return None
    # The fastest level: others save a tenth of the bytes and take several times as long.
    entry = key.digest.encode() + zlib.compress(json, level=1)
    return entry if len(entry) <= MAX_ENTRY_BYTES else None


def unpack(key: ResultKey, entry: bytes) -> Recognition | None:
    """What ``pack`` has packed for this very key; None if it is damaged, or of another key or form."""
    digest = key.digest.encode()
    if not entry.startswith(digest):
        return None
    inflater = zlib.decompressobj()
    try:
        json = inflater.decompress(entry[len(digest) :], _MAX_JSON_BYTES)
        return RECOGNITION.load(json.decode()) if inflater.eof else None  # its checksum is the last thing it looks at
    except (zlib.error, ValueError):
        return None
