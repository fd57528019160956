"""Many files, one after the other as they were given, two at work at a time: progress below, results above."""

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from google.protobuf import json_format
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

from ocr_server._pb.ocr.v1.ocr_service_pb2 import RecognizeEvent
from ocr_server._pb.ocr.v1.progress_pb2 import Stage
from ocr_server._pb.ocr.v1.recognition_pb2 import RecognizeResponse
from ocr_server.bootstrap import open_reader
from ocr_server.cli.annotate import annotate
from ocr_server.cli.show import show_document
from ocr_server.cli.source import ReadingFailed, open_source
from ocr_server.domain.document import RecognizeOptions
from ocr_server.domain.errors import OcrError
from ocr_server.settings import Settings

_LINES_AT_A_TIME = 128


async def print_documents(
    files: Sequence[Path],
    options: RecognizeOptions,
    settings: Settings,
    *,
    target: str | None,
    as_json: bool,
    annotate_folder: Path | None,
) -> int:
    """Read and print each file; return how many failed."""

    def print_one(file: Path, response: RecognizeResponse, console: Console) -> None:
        if as_json:
            _print_json({"file": str(file), **_to_dict(response)})
        else:
            show_document(console, file.name, response)
        if annotate_folder is not None:
            annotate(file.read_bytes(), response, annotate_folder / f"{file.stem}.png", settings.limits)

    return await _read_each(files, options, settings, target, print_one)


async def print_barcodes(files: Sequence[Path], settings: Settings, *, target: str | None, as_json: bool) -> int:
    """Read each file's barcodes with all readers; return how many files failed."""

    def print_one(file: Path, response: RecognizeResponse, console: Console) -> None:
        found = _to_dict(response)["document"]["barcodes"]
        if as_json:
            _print_json({"file": str(file), "barcodes": found})
        else:
            codes = [f"{code['symbology'].removeprefix('SYMBOLOGY_').lower()} {code['text']}" for code in found]
            console.print(f"{file}: {'; '.join(codes) or 'none'}", markup=False, highlight=False, soft_wrap=True)

    return await _read_each(files, RecognizeOptions(barcodes_only=True), settings, target, print_one)


async def print_lines(files: Sequence[Path], options: RecognizeOptions, settings: Settings, *, as_json: bool) -> int:
    """Read each file as one text line; return how many failed."""
    failures = 0
    async with open_reader(settings) as reader:
        with _progress() as progress:
            task = progress.add_task("lines", total=len(files), stage="")
            for start in range(0, len(files), _LINES_AT_A_TIME):
                chunk = files[start : start + _LINES_AT_A_TIME]
                contents = [_content(file) for file in chunk]
                texts = iter(await reader.read_lines([c for c in contents if isinstance(c, bytes)], options))
                for file, content in zip(chunk, contents, strict=True):
                    text = next(texts) if isinstance(content, bytes) else content
                    if isinstance(text, OcrError | OSError):
                        failures += 1
                        _complain(progress, file, text)
                    elif as_json:
                        _print_json({"file": str(file), "text": text.text, "confidence": round(text.confidence, 4)})
                    else:
                        print(f"{file}\t{text.confidence:.2f}\t{text.text}")
                progress.advance(task, len(chunk))
    return failures


async def _read_each(
    files: Sequence[Path],
    options: RecognizeOptions,
    settings: Settings,
    target: str | None,
    print_one: Callable[[Path, RecognizeResponse, Console], None],
) -> int:
    failures = 0
    console = Console()
    at_work = asyncio.Semaphore(settings.limits.max_running)
    async with open_source(target, settings) as source:
        with _progress() as progress:
            overall = progress.add_task("files", total=len(files), visible=len(files) > 1, stage="")

            async def read(file: Path) -> RecognizeResponse | Exception:
                async with at_work:
                    bar = progress.add_task(file.name, total=1.0, stage="")
                    try:
                        content = await asyncio.to_thread(file.read_bytes)
                        return await source.read(content, options, lambda event: _advance(progress, bar, event))
                    except (ReadingFailed, OSError) as error:
                        return error
                    finally:
                        progress.remove_task(bar)

            async with asyncio.TaskGroup() as group:
                reading = [group.create_task(read(file), name=f"read {file.name}") for file in files]
                for file, task in zip(files, reading, strict=True):
                    result = await task
                    progress.advance(overall)
                    if isinstance(result, Exception):
                        failures += 1
                        _complain(progress, file, result)
                    else:
                        print_one(file, result, console)
    return failures


def _content(file: Path) -> bytes | OSError:
    try:
        return file.read_bytes()
    except OSError as error:
        return error


def _complain(progress: Progress, file: Path, error: Exception) -> None:
    why = error.strerror if isinstance(error, OSError) else error
    progress.console.print(f"{file}: {why}", style="red", markup=False, highlight=False, soft_wrap=True)


def _advance(progress: Progress, bar: TaskID, event: RecognizeEvent) -> None:
    if event.HasField("progress"):
        stage = Stage.Name(event.progress.stage).removeprefix("STAGE_").lower()
        progress.update(bar, completed=event.progress.fraction, stage=stage)


def _progress() -> Progress:
    """Progress on stderr, so that stdout holds results only; nothing where stderr is not a terminal."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[stage]}"),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )


def _to_dict(response: RecognizeResponse) -> dict[str, Any]:
    converted: dict[str, Any] = json_format.MessageToDict(
        response, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    return converted


def _print_json(record: dict[str, Any]) -> None:
    print(json.dumps(record, ensure_ascii=False), flush=True)
