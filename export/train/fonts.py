"""The typefaces text is drawn in, and the word lists it is made of: Debian packages, unpacked into a cache.

Nothing is installed: ``apt-get download`` fetches the packages and ``dpkg-deb -x`` unpacks them, which needs
no root. A font is used for the characters it has; a dozen families are held out for validation.

    python -m export.train.fonts           fetch what is missing, show what is usable
"""

import argparse
import json
import random
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from fontTools.ttLib import TTFont
from PIL import ImageFont

from export.train.charset import ALPHABET

CACHE = Path(__file__).resolve().parents[2] / "logs" / "train" / "debian"

FONT_PACKAGES = (
    # what documents and labels are set in
    "fonts-liberation fonts-liberation2 fonts-dejavu-core fonts-dejavu-extra fonts-freefont-ttf fonts-croscore "
    "fonts-crosextra-carlito fonts-crosextra-caladea fonts-urw-base35 fonts-texgyre fonts-lmodern fonts-cmu fonts-go "
    "fonts-roboto-unhinted fonts-roboto-slab fonts-open-sans fonts-lato fonts-inter fonts-cantarell fonts-clear-sans "
    "fonts-noto-mono fonts-paratype fonts-karla fonts-karmilla fonts-manrope fonts-sora fonts-cabin fonts-oxygen "
    "fonts-b612 fonts-tuffy fonts-arkpandora fonts-wine fonts-stix fonts-linuxlibertine fonts-ebgaramond fonts-vollkorn "
    "fonts-quattrocento fonts-sil-charis fonts-sil-gentium fonts-sil-andika fonts-opensymbol ttf-bitstream-vera "
    # condensed, technical and packaging faces
    "fonts-bebas-neue fonts-yanone-kaffeesatz fonts-dosis fonts-opendin fonts-osifont fonts-league-spartan fonts-play "
    "fonts-jura fonts-quicksand fonts-comfortaa fonts-allerta fonts-national-park fonts-roadgeek fonts-routed-gothic "
    "fonts-millimetre fonts-adf-gillius fonts-adf-ikarius fonts-adf-libris fonts-adf-switzera fonts-adf-universalis "
    "fonts-adf-verana fonts-adf-mekanus fonts-adf-romande fonts-adf-baskervald fonts-adf-tribun fonts-lobstertwo "
    "fonts-averia-sans-gwf fonts-averia-serif-gwf fonts-comic-neue fonts-ecolier-court fonts-mplus "
    # monospaced, typewriter, printers, terminals, machine-readable
    "fonts-ocr-a fonts-ocr-b fonts-courier-prime fonts-gnutypewriter fonts-compagnon fonts-league-mono fonts-hack "
    "fonts-inconsolata fonts-anonymous-pro fonts-jetbrains-mono fonts-mononoki fonts-monoid fonts-firacode fonts-agave "
    "fonts-hermit fonts-fantasque-sans fonts-3270 fonts-glasstty fonts-pc fonts-pc-extra fonts-terminus-otb fonts-spleen"
).split()

WORD_PACKAGES = tuple("wamerican wbritish wfrench wngerman wspanish witalian wportuguese wdutch wpolish wswedish wdanish".split())

# Faces that draw something else than plain letters, or whose names promise it.
_UNUSABLE = (
    *("symbol", "dings", "emoji", "math", "icon", "thin", "hairline", "extralight", "ultralight", "dseg", "music"),
    *("linbiolinum_k", "keyboard", "initials", "rebus", "d050000l", "lmmath", "cmsy", "cmex", "cmmi", "tlwg", "marlett"),
)
SIZES_PX = (22, 28, 36)
_REQUIRED = "ABCXYZabcxyz0123456789.,:-/"


@dataclass(frozen=True, slots=True)
class Typeface:
    """A font file and the characters of our alphabet that it can draw."""

    path: Path
    characters: frozenset[str]


def fetch(packages: Iterable[str], cache: Path = CACHE) -> None:
    """Download and unpack the Debian packages that the cache lacks; one that Debian does not have is skipped."""
    cache.mkdir(parents=True, exist_ok=True)
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
    index = cache / "typefaces.json"
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
    """`LiberationSans-Bold.ttf` and `LiberationSans-Regular.ttf` are one family."""
    return face.path.name.split("-")[0].split(".")[0].lower()


def _characters(path: Path) -> str:
    """The characters of the alphabet that the font draws; none when it is of no use here."""
    if any(word in path.name.lower() for word in _UNUSABLE):
        return ""
    try:
        mapped = TTFont(path, lazy=True, fontNumber=0).getBestCmap() or {}
        # Bitmap fonts have one size only and are of no use: load at every size that is drawn.
        font, *_ = (ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC) for size in SIZES_PX)
        widths = {character: font.getbbox(character) for character in ALPHABET if ord(character) in mapped}
    except Exception:  # a damaged or exotic file is one font less, whatever its parser raises
        return ""
    drawn = {character for character, box in widths.items() if character == " " or (box[2] > box[0] and box[3] > box[1])}
    if not drawn.issuperset(_REQUIRED) or font.getlength("AB") > 80:
        return ""
    return "".join(sorted(drawn))


def main() -> None:
    """Fetch the packages and say what they hold."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    fetch((*FONT_PACKAGES, *WORD_PACKAGES))
    training, unseen = split(usable())
    print(f"{len(training)} typefaces to train on, {len(unseen)} held out")
    print({name: len(words) for name, words in word_lists().items()})


if __name__ == "__main__":
    main()
