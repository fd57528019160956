"""The typefaces text is drawn in, and the word lists it is made of: Debian packages, unpacked into a cache.

Nothing is installed: ``apt-get download`` fetches the packages and ``dpkg-deb -x`` unpacks them, which needs
no root. A font is used for the characters it has; a dozen families are held out for validation.

    python -m export.train.fonts           fetch what is missing, show what is usable
"""

import argparse
import fcntl
import json
import random
import re
import subprocess
import tomllib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from PIL import ImageFont

from export.train.charset import ALPHABET

CACHE = Path(__file__).resolve().parents[2] / "logs" / "train" / "debian"

# Faces that draw something else than plain letters, or whose names promise it.
_UNUSABLE = (
    *("symbol", "dings", "emoji", "math", "icon", "thin", "hairline", "extralight", "ultralight", "dseg", "music"),
    *("linbiolinum_k", "keyboard", "initials", "rebus", "d050000l", "lmmath", "cmsy", "cmex", "cmmi", "marlett"),
    # small letters drawn as capitals, and handwriting
    *("caps", "titling", "script", "z003", "dunh", "ecolier"),
)
_INDEX = "typefaces.json"
SIZES_PX = (22, 28, 36)
_REQUIRED = "ABCXYZabcxyz0123456789.,:-/"


@dataclass(frozen=True, slots=True)
class Typeface:
    """A font file and the characters of our alphabet that it can draw."""

    path: Path
    characters: frozenset[str]


def ready(cache: Path = CACHE) -> tuple[Typeface, ...]:
    """Fetch what the cache lacks and list its typefaces; of several processes one does it, the others wait."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        fetch(cache)
        return usable(cache)


def fetch(cache: Path = CACHE) -> None:
    """Download and unpack the packages that the cache lacks; one that this Debian does not have is skipped."""
    listed = tomllib.loads(Path(__file__).with_name("packages.toml").read_text(encoding="utf-8"))
    packages = [package for kind in listed.values() for group in kind.values() for package in group]
    for package in packages:
        done = cache / f".{package}"
        if done.exists():
            continue
        subprocess.run(["apt-get", "download", "-qq", package], cwd=cache, check=False)
        for archive in cache.glob(f"{package}_*.deb"):
            subprocess.run(["dpkg-deb", "-x", str(archive), str(cache)], check=True)
            archive.unlink()
            done.touch()


def usable(cache: Path = CACHE) -> tuple[Typeface, ...]:
    """Every typeface of the cache that draws plain Latin text, in the order of its file name."""
    index = cache / _INDEX
    if not index.exists():
        found = {str(path.relative_to(cache)): _characters(path) for path in sorted(cache.rglob("*.[to]t[fb]"))}
        index.write_text(json.dumps({path: characters for path, characters in found.items() if characters}))
    listed = json.loads(index.read_text())
    return tuple(Typeface(cache / path, frozenset(characters)) for path, characters in listed.items())


def split(typefaces: Iterable[Typeface], families_held_out: int = 12) -> tuple[list[Typeface], list[Typeface]]:
    """Typefaces to train on, and typefaces never trained on; a family is wholly on one side."""
    ordered = sorted(typefaces, key=lambda face: face.path.name)
    families = sorted({_family(face) for face in ordered})
    random.Random(1).shuffle(families)
    held_out = set(families[:families_held_out])
    unseen = [face for face in ordered if _family(face) in held_out]
    return [face for face in ordered if _family(face) not in held_out], unseen


def unseen_families(typefaces: Iterable[Typeface]) -> dict[str, list[Typeface]]:
    """Typefaces never trained on by family, so that each can be drawn as often, however many files it has.

    Training holds out files: a family of which it knows another cut is left out here.
    """
    seen, unseen = split(typefaces)
    known = _by_family(seen)
    return {name: faces for name, faces in sorted(_by_family(unseen).items()) if name not in known}


def _by_family(typefaces: Iterable[Typeface]) -> dict[str, list[Typeface]]:
    families: defaultdict[str, list[Typeface]] = defaultdict(list)
    for typeface in typefaces:
        name, _ = ImageFont.truetype(str(typeface.path)).getname()
        families[name or typeface.path.stem].append(typeface)
    return families


def word_lists(cache: Path = CACHE) -> dict[str, list[str]]:
    """The words of each language's list, by list name, without possessives and single letters."""
    lists = {}
    for path in sorted((cache / "usr/share/dict").glob("*")):
        if path.suffix or path.is_symlink():
            continue
        words = path.read_text(encoding="utf-8", errors="ignore").split()
        lists[path.name] = [word for word in words if "'" not in word and 2 <= len(word) <= 14]
    return lists


def _family(face: Typeface) -> str:
    """Four letters tell families apart, and keep `LiberationSans-Bold` with `LiberationMono-Regular`."""
    return re.sub(r"[^a-z]", "", face.path.name.lower())[:4]


def _characters(path: Path) -> str:
    """The characters of the alphabet that the font draws; none when it is of no use here."""
    from fontTools.ttLib import TTFont  # only the export environment has it, and only indexing needs it

    if any(word in path.name.lower() for word in _UNUSABLE):
        return ""
    try:
        mapped = TTFont(path, lazy=True, fontNumber=0).getBestCmap() or {}
        # Bitmap fonts have one size only and are of no use: load at every size that is drawn.
        font, *_ = (ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC) for size in SIZES_PX)
        boxes = {character: font.getbbox(character) for character in ALPHABET if ord(character) in mapped}
    except Exception:  # a damaged or exotic file is one font less, whatever its parser raises
        return ""
    drawn = {character for character, box in boxes.items() if character == " " or (box[2] > box[0] and box[3] > box[1])}
    if not drawn.issuperset(_REQUIRED) or font.getlength("AB") > 80:
        return ""
    return "".join(sorted(drawn))


def main() -> None:
    """Fetch the packages and say what they hold."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    (CACHE / _INDEX).unlink(missing_ok=True)
    training, unseen = split(ready())
    print(f"{len(training)} typefaces to train on, {len(unseen)} held out")
    print({name: len(words) for name, words in word_lists().items()})


if __name__ == "__main__":
    main()
