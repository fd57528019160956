"""Images that are one text line each: no detection, just reading."""

from collections.abc import Sequence

from ocr_models.types import Image, ReadText
from ocr_server.domain.errors import InvalidImage
from ocr_server.pipeline.decode import decode_page
from ocr_server.pipeline.side_by_side import side_by_side
from ocr_server.pipeline.validate import inspect
from ocr_server.ports import Compute, LineRecognizer
from ocr_server.settings import Limits


async def read_single_lines(
    contents: Sequence[bytes],
    languages: Sequence[str],
    recognizer: LineRecognizer,
    compute: Compute,
    limits: Limits,
) -> list[ReadText | InvalidImage]:
    """Read each file's first page as one upright text line; the error stands where a file is no image."""
    results: list[ReadText | InvalidImage | None] = [None] * len(contents)
    crops: dict[int, Image] = {}
    for index, content in enumerate(contents):
        try:
            crops[index] = await compute.run(_decode, content, limits)
        except InvalidImage as error:
            results[index] = error
    indices = list(crops)

    async def read_batch(batch: list[int]) -> None:
        read_lines = await recognizer.read_lines([crops[indices[place]] for place in batch], languages)
        for place, read in zip(batch, read_lines, strict=True):
            results[indices[place]] = read.text

    async with side_by_side() as reading:
        for batch in recognizer.plan_batches(list(crops.values())):
            reading.create_task(read_batch(batch))
    return [result for result in results if result is not None]


def _decode(content: bytes, limits: Limits) -> Image:
    return decode_page(content, inspect(content, limits), 1, limits).image
