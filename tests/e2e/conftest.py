"""A real server in its own process, and real channels to it."""

from collections.abc import AsyncIterator, Iterator

import grpc
import pytest

from benchmarks.server_process import ServerProcess, running_server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """The server that tests share which do not change its settings."""
    with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
async def channel(server: ServerProcess) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to the shared server."""
    async with open_channel(server) as opened:
        yield opened


def open_channel(server: ServerProcess) -> grpc.aio.Channel:
    """A channel that accepts answers of any size."""
    return grpc.aio.insecure_channel(server.target, options=[("grpc.max_receive_message_length", -1)])
