"""What ``ocr-server migrate`` does."""

from rich.console import Console

from ocr_server.domain.errors import DependencyUnavailable
from ocr_server.settings import Settings


async def run(settings: Settings) -> None:
    """Apply what is missing and say what was done. Raises RuntimeError, which says what to do."""
    console = Console(stderr=True)
    url = settings.database_url.get_secret_value()
    if not url:
        console.print(
            "OCR_DATABASE_URL is not set: jobs are kept in a file, which the server itself brings up to date."
        )
        return
    try:
        from ocr_server.adapters.production.postgres_migrations import migrate
    except ModuleNotFoundError as error:
        raise RuntimeError(f"{error}: PostgreSQL needs the extra 'production'") from None
    try:
        applied = await migrate(url)
    except DependencyUnavailable as error:
        raise RuntimeError(f"{error} {error.__cause__}") from None
    for name in applied:
        console.print(f"applied {name}", highlight=False)
    console.print("The database is up to date.")
