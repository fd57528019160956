"""`ocr-server model …`: change a model's version on a running Triton, with no request lost."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from ocr_server.cli.trials import as_table, comparisons, read_metrics
from ocr_server.settings import Settings

if TYPE_CHECKING:
    from ocr_server.adapters.production.model_roles import Roles

app = typer.Typer(help="Change a model's version on a running Triton, with no request lost.", no_args_is_help=True)

Model = Annotated[str, typer.Argument(help="A model of the repository, such as trocr.", show_default=False)]
Version = Annotated[int, typer.Argument(help="Its folder of weights.", min=1, show_default=False)]


@app.command()
def load(model: Model, version: Version) -> None:
    """Load a version beside the one that serves."""
    _change(model, lambda roles: roles.with_loaded(version))


@app.command()
def shadow(
    model: Model,
    version: Version,
    share: Annotated[float, typer.Option(help="Of the requests, from 0 (no more) to 1.", min=0, max=1)] = 0.1,
) -> None:
    """Ask a loaded version too, for a share of the requests, and compare; callers get the serving one's answers."""
    _change(model, lambda roles: roles.with_shadow(version, share))


@app.command()
def promote(model: Model, version: Version) -> None:
    """Let a loaded version serve. The one before stays loaded, to go back to."""
    _change(model, lambda roles: roles.promoted(version))


@app.command()
def rollback(model: Model) -> None:
    """Go back to the version that served before, or end a trial; all other versions are unloaded."""
    _change(model, lambda roles: roles.rolled_back())


@app.command()
def compare(model: Model) -> None:
    """Show how versions on trial did, from the metrics of the server at OCR_METRICS_LISTEN."""
    settings = Settings()
    try:
        found = comparisons(read_metrics(settings.metrics_listen), model)
    except (OSError, ValueError) as error:
        Console(stderr=True).print(f"{settings.metrics_listen}: {error}", style="red", markup=False)
        raise typer.Exit(1) from None
    if not found:
        Console(stderr=True).print(f"no version of {model} was on trial here yet")
    else:
        Console().print(as_table(found))


def _change(model: str, how: "Callable[[Roles], Roles]") -> None:
    # Imported here because tritonclient is installed where it is used only.
    try:
        from ocr_server.cli.swap import change
    except ModuleNotFoundError as error:
        Console(stderr=True).print(f"{error}: this needs the extra 'triton'", style="red", markup=False)
        raise typer.Exit(1) from None
    change(model, how)
