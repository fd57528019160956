"""A version of TrOCR on trial beside the one that serves, on a real Triton."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from prometheus_client import generate_latest

from ocr_models.types import Image
from ocr_server.adapters.embedded.cpu_pool import CpuPool
from ocr_server.adapters.production.model_roles import Roles
from ocr_server.adapters.production.shadow import open_shadows
from ocr_server.adapters.production.triton_client import connect_triton
from ocr_server.adapters.production.triton_models import TritonRecognizer
from ocr_server.cli.swap import apply
from ocr_server.cli.trials import Comparison, comparisons
from ocr_server.metrics import Metrics
from ocr_server.ports import Trial
from ocr_server.stack.triton_process import TritonProcess, run_triton
from tests.integration.processes import eventually
from tests.triton_fixture import ENVIRONMENT, MODEL_REPOSITORY


@pytest.fixture
def trocr(tmp_path: Path) -> Path:
    """TrOCR with the same weights twice."""
    folder = Path(shutil.copytree(MODEL_REPOSITORY / "trocr", tmp_path / "models/trocr"))
    shutil.copytree(folder / "1", folder / "2")
    return folder


@pytest.fixture
async def triton(trocr: Path, tmp_path: Path) -> AsyncIterator[TritonProcess]:
    async with run_triton(ENVIRONMENT, trocr.parent, log_path=tmp_path / "log") as process:
        await process.wait_ready()
        await apply(trocr, process.url, lambda roles: roles.with_loaded(2))
        await apply(trocr, process.url, lambda roles: roles.with_shadow(2, 0.5))
        yield process
        process.kill()  # nobody waits for it to end in order


def noise(width_px: int) -> Image:
    return np.random.default_rng(width_px).integers(0, 256, (32, width_px, 3), np.uint8)


async def test_a_share_of_the_requests_is_compared_and_callers_hear_only_who_serves(triton: TritonProcess) -> None:
    metrics, trials, pool = Metrics(), list[Trial](), CpuPool(1)

    def tell(trial: Trial) -> None:
        metrics.observe_trial(trial)
        trials.append(trial)

    async with connect_triton(triton.url) as client, open_shadows(client, tell) as shadows:
        recognizer = TritonRecognizer.trocr(client, pool, shadows=shadows)
        for width_px in range(100, 180, 10):
            assert len(await recognizer.read_lines([noise(width_px), noise(width_px + 5)])) == 2
            await eventually(lambda: not shadows.running, within_s=20)
        assert recognizer.version.startswith("trocr:1-")
    await pool.close()
    assert len(trials) == 4, "half of eight requests"
    compared = comparisons(generate_latest(metrics.registry).decode(), "trocr")
    assert list(compared) == [2]
    assert compared[2] == Comparison(8, 1.0, compared[2].serving, compared[2].trial)
    assert compared[2].serving.confidence == pytest.approx(compared[2].trial.confidence)
    assert compared[2].trial.request_s > 0


async def test_a_version_on_trial_that_fails_harms_no_caller(trocr: Path, triton: TritonProcess) -> None:
    model = trocr / "2/model.py"
    is_ours = "any(tensor.as_numpy().shape[-2] == 100 for tensor in requests[0].inputs())"  # not the warm-up
    answer = "return self._serving.execute(requests)"
    model.write_text(model.read_text().replace(answer, f"assert not {is_ours}\n        {answer}"))
    await apply(trocr, triton.url, lambda roles: roles.with_shadow(2, 1.0))
    trials, pool = list[Trial](), CpuPool(1)
    async with connect_triton(triton.url) as client, open_shadows(client, trials.append) as shadows:
        recognizer = TritonRecognizer.trocr(client, pool, shadows=shadows)
        for _ in range(3):
            assert len(await recognizer.read_lines([noise(100)])) == 1
            await eventually(lambda: not shadows.running, within_s=20)
    await pool.close()
    assert not trials


async def test_after_going_back_nothing_is_on_trial(trocr: Path, triton: TritonProcess) -> None:
    await apply(trocr, triton.url, Roles.rolled_back)
    trials, pool = list[Trial](), CpuPool(1)
    async with connect_triton(triton.url) as client, open_shadows(client, trials.append) as shadows:
        recognizer = TritonRecognizer.trocr(client, pool, shadows=shadows)
        for _ in range(3):
            await recognizer.read_lines([noise(100)])
    await pool.close()
    assert not trials
