"""The roles of models' versions as Triton last told them, asked for again after a second."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping

from tritonclient.grpc.aio import InferenceServerClient
from tritonclient.utils import InferenceServerException

from ocr_server.adapters.production.model_roles import NoRoles, Roles

_GOOD_FOR_S = 1.0
_ASK_TIMEOUT_S = 0.5


class KnownRoles:
    """Asks Triton who serves; while it does not answer, what was known last stands."""

    def __init__(self, connection: InferenceServerClient) -> None:
        self._connection = connection
        self._roles: dict[str, Roles | None] = {}
        self._until_s: dict[str, float] = defaultdict(float)
        self._asking: Mapping[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def of(self, model: str) -> Roles | None:
        """The roles of the model's versions; None where its config tells none, and Triton chooses."""
        loop = asyncio.get_running_loop()
        async with self._asking[model]:  # one asks, the others hear it too
            if loop.time() >= self._until_s[model]:
                await self._ask(model)
                self._until_s[model] = loop.time() + _GOOD_FOR_S
        return self._roles.get(model)

    def forget(self, model: str) -> None:
        """Ask anew the next time: the version that served is gone."""
        self._until_s.pop(model, None)

    async def _ask(self, model: str) -> None:
        try:
            answer = await self._connection.get_model_config(model, client_timeout=_ASK_TIMEOUT_S)
            self._roles[model] = Roles.of(answer.config)
        except NoRoles:
            self._roles[model] = None
        except InferenceServerException:
            pass  # the question itself will tell what is wrong
