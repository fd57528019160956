"""What `make run` does: a real server, a real call, a picture of what was found, and the server stays."""

import asyncio
from pathlib import Path

from rich.console import Console

from ocr_server.cli.files import print_documents
from ocr_server.domain.document import RecognizeOptions
from ocr_server.lifespan import serve
from ocr_server.settings import Settings


async def run(image: Path, settings: Settings, *, once: bool) -> None:
    """Serve; when ready, read ``image`` over gRPC and show it; serve on unless ``once``.

    The annotated picture goes to the data folder's ``annotated``.
    """
    console = Console(stderr=True)
    ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(serve(settings, ready.set_result, stop=stop), name="server")
        target = f"127.0.0.1:{await ready}"
        pictures = settings.data_dir / "annotated"
        try:
            await print_documents(
                [image], RecognizeOptions(), settings, target=target, as_json=False, annotate_folder=pictures
            )
            console.print(f"Annotated picture: [bold]{pictures / image.stem}.png[/bold]")
            if not once:
                console.print(
                    f"[green]Serving[/green] gRPC on {target}, metrics on {settings.metrics_listen}; Ctrl-C ends it.\n"
                    f"Try: ocr-server recognize FILE --target {target}"
                )
                await stop.wait()
        finally:
            stop.set()
