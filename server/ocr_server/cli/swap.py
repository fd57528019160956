"""Changes of a model's roles on a running Triton."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import typer
from google.protobuf import json_format, text_format
from rich.console import Console
from tritonclient.grpc.aio import InferenceServerClient
from tritonclient.grpc.model_config_pb2 import ModelConfig
from tritonclient.utils import InferenceServerException

from ocr_server.adapters.production.model_roles import NoRoles, Roles
from ocr_server.settings import Settings
from ocr_server.stack.warmup import warmup_inputs

# In the data folder, while `ocr-server stack` runs: where its Triton is.
URL_FILE = "triton.url"

_LOAD_TIMEOUT_S = 300.0


def change(model: str, how: Callable[[Roles], Roles]) -> None:
    """Change a model's roles and say what they are now; exits with 1 and says why if that fails."""
    settings = Settings()
    try:
        roles = asyncio.run(apply(settings.model_repository / model, triton_url(settings), how))
    except (NoRoles, InferenceServerException, OSError) as error:
        Console(stderr=True).print(str(error), style="red", markup=False)
        raise typer.Exit(1) from None
    others = [version for version in roles.loaded if version != roles.serving]
    also = f", loaded too: {', '.join(map(str, others))}" if others else ""
    compared = f"; version {roles.shadow} is asked too for {roles.shadow_share:.0%}" if roles.shadow else ""
    Console(stderr=True).print(f"{model}: version {roles.serving} serves{also}{compared}")


async def apply(model_folder: Path, url: str, how: Callable[[Roles], Roles]) -> Roles:
    """Write the changed roles into the model's config and have Triton read it; put it back if Triton refuses.

    Triton goes on serving the old versions until the new ones are ready and have answered. Raises NoRoles,
    FileNotFoundError, and InferenceServerException where Triton or a new version does not answer, or does not load.
    """
    config_path = model_folder / "config.pbtxt"
    before = config_path.read_text(encoding="utf-8")
    present = Roles.of(text_format.Parse(before, ModelConfig()))
    roles = how(present)
    after = roles.written_into(before)
    for version in roles.loaded:
        if not (model_folder / str(version)).is_dir():
            raise NoRoles(f"there is no folder {model_folder / str(version)}")
    async with InferenceServerClient(url) as client:
        if new := sorted(set(roles.loaded) - set(present.loaded)):
            await _try_out(client, model_folder, text_format.Parse(after, ModelConfig()), new)
        config_path.write_text(after, encoding="utf-8")
        try:
            await client.load_model(model_folder.name, client_timeout=_LOAD_TIMEOUT_S)
        except InferenceServerException:
            config_path.write_text(before, encoding="utf-8")
            raise
    return roles


async def _try_out(
    client: InferenceServerClient, model_folder: Path, config: ModelConfig, versions: Sequence[int]
) -> None:
    """Load versions without their warm-up and ask them that: tritonserver 2.51 dies of a warm-up that fails.

    Nothing is written: if they do not answer, Triton reads the config again as it stands, and they are gone.
    """
    without = ModelConfig()
    without.CopyFrom(config)
    without.ClearField("model_warmup")
    try:
        await client.load_model(
            model_folder.name,
            config=json_format.MessageToJson(without, preserving_proto_field_name=True),
            client_timeout=_LOAD_TIMEOUT_S,
        )
        for version in versions:
            inputs = warmup_inputs(config, model_folder)
            await client.infer(model_folder.name, inputs, str(version), client_timeout=_LOAD_TIMEOUT_S)
    except InferenceServerException:
        (model_folder / "config.pbtxt").touch()  # Triton reads what has changed only
        await client.load_model(model_folder.name, client_timeout=_LOAD_TIMEOUT_S)
        raise


def triton_url(settings: Settings) -> str:
    """Where Triton is: as configured, or where `ocr-server stack` of the same data folder says."""
    if settings.triton_url:
        return settings.triton_url
    try:
        return (settings.data_dir / URL_FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NoRoles("no Triton is known: set OCR_TRITON_URL, or start `ocr-server stack`") from None
