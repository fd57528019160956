"""Every setting, read once from the environment (prefix ``OCR_``); an empty environment means fully embedded."""

import os
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator
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
    max_batch_items: int = Field(default=1000, description="images of one batch")
    max_job_s: float = Field(
        default=6 * 3600.0, description="time from a job's submission to its end, with all waiting and trying again"
    )


class Settings(BaseSettings):
    """The whole configuration. ``Settings()`` reads the environment; nothing else does."""

    # What does not validate is not shown: it may be next to a secret.
    model_config = SettingsConfigDict(
        env_prefix="OCR_", env_nested_delimiter="__", frozen=True, hide_input_in_errors=True
    )

    grpc_listen: str = Field(
        default="127.0.0.1:50051", description="address of the gRPC server; port 0 picks a free one"
    )
    metrics_listen: str = Field(default="127.0.0.1:9464", description="address of Prometheus metrics; empty for none")
    database_url: SecretStr = Field(
        default=SecretStr(""),
        description="postgresql://user:password@host:port/name, which keeps the jobs; empty keeps them in data_dir",
    )
    data_dir: Path = Field(default=Path(".ocr"), description="where embedded parts keep jobs and images")
    model_repository: Path = Field(
        default=Path(__file__).resolve().parents[2] / "model_repository",
        description="folder of models, as Triton loads it",
    )
    s3_bucket: str = Field(default="", description="bucket that keeps the images; empty keeps them in data_dir")
    s3_endpoint: str = Field(default="", description="URL of the S3 server; empty for Amazon's, by region")
    s3_region: str = Field(default="us-east-1", description="region of the bucket")
    s3_access_key: str = Field(default="", description="empty for what the machine or its role provides")
    s3_secret_key: SecretStr = Field(default=SecretStr(""), description="secret of that key")
    image_retention_days: int = Field(default=0, ge=0, description="days after which an image is deleted; 0 for never")
    redis_url: SecretStr = Field(
        default=SecretStr(""),
        description="redis://:password@host:port/0, which calls workers and keeps what was read; empty: this process",
    )
    kafka_bootstrap: str = Field(
        default="", description="host:port,host:port of Kafka, which gets the events; empty logs them in data_dir"
    )
    result_retention_days: int = Field(
        default=0, ge=0, description="days after their end when jobs and their results are deleted; 0 for never"
    )
    job_workers: int | None = Field(
        default=None, ge=0, description="jobs read at a time by this process; empty: all that run at a time but one"
    )
    result_cache_ttl_s: float = Field(
        default=3600.0, ge=0, description="seconds for which an image is not read again; 0 reads it each time"
    )
    result_cache_bytes: int = Field(
        default=64 * 2**20, ge=0, description="what this process may keep of that; Redis has a bound of its own"
    )
    triton_url: str = Field(
        default="", description="gRPC address of the Triton server that runs the models; empty runs them here"
    )
    triton_environment: Path = Field(
        default=Path(__file__).resolve().parents[2] / ".venv-triton",
        description="virtual environment that 'ocr-server stack' runs Triton from",
    )
    servers_environment: Path = Field(
        default=Path(__file__).resolve().parents[2] / ".venv-servers",
        description="virtual environment that 'ocr-server stack --full' runs all other servers from",
    )
    cpu_workers: int = Field(default=os.cpu_count() or 1, ge=1, description="threads for CPU work")
    trocr_model: str = Field(default="trocr", description="the model of the repository that TrOCR reads with")
    trocr_precision: str = Field(
        default="int8", description="int8, fp32 or fp16: which of its graphs; on Triton its config.pbtxt tells"
    )
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR")
    log_format: str = Field(default="auto", description="json, console, or auto: console on a terminal")
    limits: Limits = Limits()

    @property
    def jobs_at_a_time(self) -> int:
        """How many jobs this process reads at a time; one permit is left to calls that somebody waits for."""
        return max(1, self.limits.max_running - 1) if self.job_workers is None else self.job_workers

    @model_validator(mode="after")
    def _s3_is_whole(self) -> Self:
        if self.s3_endpoint and not self.s3_bucket:
            raise ValueError("OCR_S3_ENDPOINT is set, but not which bucket to use there: OCR_S3_BUCKET")
        if bool(self.s3_access_key) != bool(self.s3_secret_key.get_secret_value()):
            raise ValueError("OCR_S3_ACCESS_KEY and OCR_S3_SECRET_KEY go together: one of them is not set")
        return self
