"""The data folder: for the server's own user only."""

from pathlib import Path

ONLY_OWNER = 0o700


def make_private(folder: Path) -> Path:
    """Make a folder, its missing parents too, that no other user can look into; return it."""
    for missing in reversed([path for path in (folder, *folder.parents) if not path.exists()]):
        missing.mkdir(mode=ONLY_OWNER, exist_ok=True)
    folder.chmod(ONLY_OWNER)
    return folder
