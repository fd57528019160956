"""What `make stack` does: Triton with the models, the server that reads with it, and someone who minds them."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.table import Table

from ocr_server.adapters.embedded.private_folder import make_private
from ocr_server.cli.swap import URL_FILE
from ocr_server.lifespan import serve
from ocr_server.settings import Settings
from ocr_server.stack.supervisor import supervised_triton
from ocr_server.stack.triton_process import TritonProcess


async def run(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM; then the sockets close first, and Triton ends when no call needs it any more."""
    console = Console(stderr=True)
    log_path = make_private(settings.data_dir) / "triton.log"
    console.print(f"Triton loads the models of {settings.model_repository}; its log: {log_path}")
    async with supervised_triton(settings.triton_environment, settings.model_repository, log_path=log_path) as triton:
        console.print(_table(triton.process))
        console.print(f"Triton on {triton.process.url}; its metrics: {triton.process.metrics_url}")

        def ready(port: int) -> None:
            console.print(f"[green]ready[/green] gRPC on port {port}; metrics on {settings.metrics_listen or 'none'}")

        with triton_known(settings, triton.process.url):
            await serve(settings.model_copy(update={"triton_url": triton.process.url}), ready)
        console.print("Triton ends.")


@contextmanager
def triton_known(settings: Settings, url: str) -> Iterator[None]:
    """Let ``ocr-server model`` find the Triton that runs during the block."""
    url_path = settings.data_dir / URL_FILE
    url_path.write_text(url, encoding="utf-8")
    try:
        yield
    finally:
        url_path.unlink(missing_ok=True)


def _table(triton: TritonProcess) -> Table:
    table = Table("model", "version", "processes")
    for (model, version), count in Counter((stub.model, stub.version) for stub in triton.stubs()).items():
        table.add_row(model, str(version), str(count))
    return table
