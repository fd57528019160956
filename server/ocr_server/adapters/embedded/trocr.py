"""TrOCR as a line recognizer: a network of ocr_models on the CPU pool."""

from collections.abc import Sequence
from pathlib import Path

from ocr_models.model_version import trocr_files, version_of
from ocr_models.trocr.recognizer import TrocrRecognizer
from ocr_models.types import Image
from ocr_server.adapters.embedded.model_folders import newest_version
from ocr_server.domain.document import Engine
from ocr_server.domain.errors import EngineUnavailable
from ocr_server.ports import Compute, ReadLine


class EmbeddedTrocrRecognizer:
    """Any TrOCR checkpoint that ``export/trocr`` has put into the model repository (adapter of LineRecognizer)."""

    def __init__(self, repository: Path, compute: Compute, *, model: str = "trocr", precision: str = "int8") -> None:
        """Open the newest version of ``model``.

        Raises EngineUnavailable, saying what is missing, if it cannot be opened at this precision.
        """
        folder = newest_version(repository, model)
        try:
            self._recognizer = TrocrRecognizer(folder, precision=precision)
        except (FileNotFoundError, ValueError) as error:
            raise EngineUnavailable(f"TrOCR cannot be opened: {error}") from error
        self.version = version_of(trocr_files(folder, precision))
        self._compute = compute

    def plan_batches(self, crops: Sequence[Image]) -> list[list[int]]:
        """See the port."""
        return self._recognizer.plan_batches(crops)

    async def read_lines(self, crops: Sequence[Image], languages: Sequence[str] = ()) -> list[ReadLine]:
        """See the port; the languages are ignored, the model reads all it knows."""
        texts = await self._compute.run(self._recognizer.read, crops)
        return [ReadLine(text, Engine.TROCR) for text in texts]
