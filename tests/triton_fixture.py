"""A real tritonserver for tests, started by the very launcher that `ocr-server stack` uses."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from ocr_server.stack.triton_process import TritonProcess, run_triton

_CHECKOUT = Path(__file__).resolve().parent.parent
ENVIRONMENT = _CHECKOUT / ".venv-triton"
MODEL_REPOSITORY = _CHECKOUT / "model_repository"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def triton(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TritonProcess]:
    """The server that tests share which do no harm to it, with every model of the repository loaded."""
    log_path = tmp_path_factory.mktemp("triton") / "triton.log"
    async with run_triton(ENVIRONMENT, MODEL_REPOSITORY, log_path=log_path) as process:
        await process.wait_ready()
        yield process
