"""Every setting, read once from the environment (prefix ``OCR_``); an empty environment means fully embedded."""

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Limits(BaseModel):
    """What one image may cost, and how much work is let in at a time (``OCR_LIMITS__MAX_PAGES`` and so on)."""

    model_config = ConfigDict(frozen=True)

    max_image_bytes: int = Field(default=32 * 2**20, description="size of an uploaded file")
    max_image_pixels: int = Field(
        default=40_000_000, description="width times height, per page, looked at before decoding"
    )
    max_pages: int = Field(default=30, description="pages of a PDF or TIFF")
    # One more than a laptop's cores: they have others while one document is on its way to Triton and back. In one
    # process three are read as fast as two.
    max_running: int = Field(default=3, description="documents being read at the same time")
    max_waiting: int = Field(default=16, description="calls that may wait for their turn; more get RESOURCE_EXHAUSTED")
    max_queued_jobs: int = Field(default=1000, description="jobs that may wait; more get RESOURCE_EXHAUSTED")
    max_request_s: float = Field(
        default=120.0, description="time for one document, also when the caller sets no deadline"
    )


class Settings(BaseSettings):
    """The whole configuration. ``Settings()`` reads the environment; nothing else does."""

    model_config = SettingsConfigDict(env_prefix="OCR_", env_nested_delimiter="__", frozen=True)

    grpc_listen: str = Field(
        default="127.0.0.1:50051", description="address of the gRPC server; port 0 picks a free one"
    )
    metrics_listen: str = Field(default="127.0.0.1:9464", description="address of Prometheus metrics; empty for none")
    data_dir: Path = Field(default=Path(".ocr"), description="where embedded parts keep jobs and images")
    model_repository: Path = Field(
        default=Path(__file__).resolve().parents[2] / "model_repository",
        description="folder of models, as Triton loads it",
    )
    triton_url: str = Field(
        default="", description="gRPC address of the Triton server that runs the models; empty runs them here"
    )
    triton_environment: Path = Field(
        default=Path(__file__).resolve().parents[2] / ".venv-triton",
        description="virtual environment that 'ocr-server stack' runs Triton from",
    )
    cpu_workers: int = Field(default=os.cpu_count() or 1, ge=1, description="threads for CPU work")
    trocr_model: str = Field(default="trocr", description="the model of the repository that TrOCR reads with")
    trocr_precision: str = Field(
        default="int8", description="int8, fp32 or fp16: which of its graphs; on Triton its config.pbtxt tells"
    )
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR")
    log_format: str = Field(default="auto", description="json, console, or auto: console on a terminal")
    limits: Limits = Limits()
