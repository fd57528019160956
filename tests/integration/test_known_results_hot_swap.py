"""A model is swapped on a real Triton while nobody reads, because the cache knows all that is asked for."""

import asyncio
import shutil
from pathlib import Path

from ocr_server.bootstrap import open_app
from ocr_server.cli.swap import apply
from ocr_server.domain.document import Engine, Recognition, RecognizeOptions
from ocr_server.settings import Settings
from ocr_server.stack.triton_process import run_triton
from tests.triton_fixture import ENVIRONMENT, MODEL_REPOSITORY

# Longer than servers take to hear of a change.
HEARD_S = 1.5


async def test_a_result_of_the_version_before_is_given_no_more(tmp_path: Path, samples: Path) -> None:
    models = tmp_path / "models"
    shutil.copytree(MODEL_REPOSITORY, models)
    shutil.copytree(models / "trocr/1", models / "trocr/2")
    image = await asyncio.to_thread((samples / "receipt.png").read_bytes)
    async with run_triton(ENVIRONMENT, models, log_path=tmp_path / "log") as triton:
        await triton.wait_ready()
        async with open_app(Settings(triton_url=triton.url, data_dir=tmp_path / "data")) as app:

            async def read() -> Recognition:
                return await app.reader.read(image, RecognizeOptions(Engine.FAST), tenant="shop-a")

            def reads() -> float:
                return app.metrics.registry.get_sample_value("ocr_results_total", {"source": "reading"}) or 0.0

            first = await read()
            await read()
            for _ in range(30):  # a lookup gives up where Triton is slow to tell the versions
                await asyncio.sleep(0.1)
                await read()
            assert reads() < 30
            assert "trocr:1-" in first.model_versions

            await apply(models / "trocr", triton.url, lambda roles: roles.with_loaded(2))
            await apply(models / "trocr", triton.url, lambda roles: roles.promoted(2))
            await asyncio.sleep(HEARD_S)
            before = reads()
            assert "trocr:2-" in (await read()).model_versions
            assert reads() == before + 1
            assert "trocr:2-" in (await read()).model_versions

            await apply(models / "trocr", triton.url, lambda roles: roles.rolled_back())
            await asyncio.sleep(HEARD_S)
            assert "trocr:1-" in (await read()).model_versions
