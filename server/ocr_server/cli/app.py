"""The commands of ``ocr-server``."""

import asyncio
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic import ValidationError
from rich.console import Console

from ocr_server.cli import dead_letters, model
from ocr_server.cli import demo as demonstration
from ocr_server.cli.files import print_barcodes, print_documents, print_lines
from ocr_server.domain.document import DocumentType, Engine, RecognizeOptions
from ocr_server.domain.errors import OcrError
from ocr_server.lifespan import serve as serve_until_stopped
from ocr_server.lifespan import work as work_until_stopped
from ocr_server.logs import configure_logging
from ocr_server.settings import Settings

app = typer.Typer(
    help="Read receipts, invoices and product labels. Settings come from the environment: see 'ocr-server settings'.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

app.add_typer(model.app, name="model")
app.add_typer(dead_letters.app, name="dead-letters")

Files = Annotated[list[Path], typer.Argument(help="Images or PDFs.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print one line of JSON a file instead of tables.")]
EngineName = Annotated[
    Literal["auto", "fast", "balanced", "accurate", "trocr", "ppocr", "tesseract"],
    typer.Option("--engine", help="Who reads the lines; auto lets the server choose."),
]
TypeName = Annotated[
    Literal["unknown", "receipt", "invoice", "product-label"],
    typer.Option("--document-type", help="A hint; unknown lets the server decide."),
]
Target = Annotated[
    str | None, typer.Option("--target", metavar="HOST:PORT", help="Use a running server instead of reading here.")
]
Language = Annotated[list[str] | None, typer.Option("--language", help="BCP 47 tag; repeat for several (Tesseract).")]


@app.command()
def serve() -> None:
    """Serve gRPC until Ctrl-C."""
    settings = _settings()
    console = Console(stderr=True)

    def ready(port: int) -> None:
        console.print(f"[green]ready[/green] gRPC on port {port}; metrics on {settings.metrics_listen or 'none'}")

    _run_server(serve_until_stopped(settings, ready))


@app.command()
def worker() -> None:
    """Work on jobs beside 'ocr-server serve', until Ctrl-C; run as many as you like on one OCR_DATABASE_URL."""
    settings = _settings()
    console = Console(stderr=True)

    def ready() -> None:
        console.print(f"[green]ready[/green] {settings.jobs_at_a_time} jobs at a time")

    _run_server(work_until_stopped(settings, ready))


@app.command()
def stack(
    full: Annotated[
        bool, typer.Option("--full", help="PostgreSQL, Redis, S3, Kafka and workers, too; they keep their data.")
    ] = False,
    workers: Annotated[int, typer.Option(min=0, help="Of --full: processes that work on jobs.")] = 1,
    triton: Annotated[bool, typer.Option(help="Of --full: run the models on Triton, or in our own processes.")] = True,
    as_json: Annotated[
        bool, typer.Option("--json", help="Of --full: print addresses, and settings to join with, once all is up.")
    ] = False,
) -> None:
    """Start Triton and a server that reads with it, and mend what dies, until Ctrl-C."""
    try:
        from ocr_server.cli import full_stack
        from ocr_server.cli import stack as triton_only
    except ModuleNotFoundError as error:
        text = f"{error}: the stack needs the extras 'triton' and 'production'"
        Console(stderr=True).print(text, style="red", markup=False)
        raise typer.Exit(1) from None
    settings = _settings()
    if full:
        _run_server(full_stack.run(settings, workers=workers, with_triton=triton, as_json=as_json))
    else:
        _run_server(triton_only.run(settings))


@app.command()
def migrate() -> None:
    """Bring the database that OCR_DATABASE_URL names to this server's schema; safe to run again, and in parallel."""
    from ocr_server.cli.migrate import run

    _run_server(run(_settings()))


@app.command()
def recognize(
    files: Files,
    as_json: AsJson = False,
    engine: EngineName = "auto",
    document_type: TypeName = "unknown",
    language: Language = None,
    annotate: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Save a picture of what was found on each page there.")
    ] = None,
    target: Target = None,
) -> None:
    """Read documents: fields, lines, barcodes, checks.

    Exits with 1 if a file could not be read; the others are read all the same.
    """
    options = RecognizeOptions(Engine(engine), DocumentType(document_type), tuple(language or ()))
    _exit(print_documents(files, options, _settings(), target=target, as_json=as_json, annotate_folder=annotate))


@app.command()
def read_lines(files: Files, as_json: AsJson = False, engine: EngineName = "auto", language: Language = None) -> None:
    """Read images that are one cropped text line each."""
    options = RecognizeOptions(Engine(engine), languages=tuple(language or ()))
    _exit(print_lines(files, options, _settings(), as_json=as_json))


@app.command()
def barcodes(files: Files, as_json: AsJson = False, target: Target = None) -> None:
    """Read barcodes only, with all readers."""
    _exit(print_barcodes(files, _settings(), target=target, as_json=as_json))


@app.command()
def demo(
    image: Annotated[Path, typer.Argument(help="The image to show it with.")],
    once: Annotated[bool, typer.Option(help="End after the image instead of serving on.")] = False,
) -> None:
    """Start a server, send it an image over gRPC with a live progress bar, show the document, serve on."""
    _run_server(demonstration.run(image, _settings(), once=once))


@app.command()
def settings() -> None:
    """Print every setting with its meaning and present value."""
    values = _settings()
    console = Console()
    for name, field in Settings.model_fields.items():
        value = getattr(values, name)
        if name == "limits":
            for inner, inner_field in type(value).model_fields.items():
                console.print(
                    f"OCR_LIMITS__{inner.upper()}={getattr(value, inner)}  [dim]{inner_field.description}[/dim]"
                )
        else:
            console.print(f"OCR_{name.upper()}={value}  [dim]{field.description}[/dim]")


def _settings() -> Settings:
    try:
        settings = Settings()
    except ValidationError as error:
        for problem in error.errors():
            name = "OCR_" + "__".join(str(part).upper() for part in problem["loc"])
            Console(stderr=True).print(f"{name}: {problem['msg']}", style="red", markup=False)
        raise typer.Exit(2) from None
    configure_logging(settings)
    return settings


def _exit(work: Coroutine[None, None, int]) -> None:
    """Run ``work``, which returns how many files failed, and end with 1 if any did."""
    try:
        failures = asyncio.run(work)
    except (OcrError, FileNotFoundError) as error:  # nothing could be read at all
        Console(stderr=True).print(str(error), style="red", markup=False)
        failures = 1
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    raise typer.Exit(1 if failures else 0)


def _run_server(server: Coroutine[None, None, None]) -> None:
    failed = False
    try:
        asyncio.run(server)
    except* (OSError, RuntimeError, OcrError) as group:
        # Weights missing, address taken, data folder in use, no Triton, no database.
        for error in _leaves(group):
            Console(stderr=True).print(str(error), style="red", markup=False)
        failed = True
    if failed:
        raise typer.Exit(1)


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error
