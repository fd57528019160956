"""What Prometheus sees of this server. One registry a server, so that tests can run several in one process."""

import asyncio

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Summary

from ocr_server.admission import Admission
from ocr_server.domain.correction import Judgement
from ocr_server.domain.document import Recognition
from ocr_server.domain.job import JobState
from ocr_server.domain.progress import Stage
from ocr_server.ports import Trial

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_LAG_SAMPLE_S = 0.5


class Metrics:
    """All collectors, and the few verbs that feed them."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._calls = Counter("ocr_grpc_calls", "Finished calls.", ["method", "code"], registry=self.registry)
        self._call_s = Histogram(
            "ocr_grpc_call_seconds", "Duration of calls.", ["method"], buckets=_SECONDS, registry=self.registry
        )
        self._stage_s = Histogram(
            "ocr_stage_seconds", "Wall time of a stage.", ["stage"], buckets=_SECONDS, registry=self.registry
        )
        self._pages = Counter("ocr_pages", "Pages read.", registry=self.registry)
        self._lines = Counter("ocr_lines", "Lines read.", ["engine"], registry=self.registry)
        self._barcodes = Counter("ocr_barcodes", "Barcodes read.", ["symbology"], registry=self.registry)
        self._checks = Counter("ocr_checks", "Checks held.", ["check", "state"], registry=self.registry)
        self._results = Counter(
            "ocr_results",
            "Results of calls that may be answered from the cache, by where they came from.",
            ["source"],
            registry=self.registry,
        )
        self._trial_lines = Counter(
            "ocr_trial_lines",
            "Lines that a version on trial read too.",
            ["model", "version", "agrees"],
            registry=self.registry,
        )
        self._trial_confidence = Summary(
            "ocr_trial_confidence", "Confidence in those lines.", ["model", "version", "who"], registry=self.registry
        )
        self._trial_s = Summary(
            "ocr_trial_request_seconds",
            "Duration of their requests.",
            ["model", "version", "who"],
            registry=self.registry,
        )
        self._jobs = Counter(
            "ocr_jobs", "Attempts at jobs, by the state they left it in.", ["state"], registry=self.registry
        )
        self._jobs_waiting = Gauge(
            "ocr_jobs_waiting", "Jobs that wait, also those for another try.", registry=self.registry
        )
        self._events = Counter("ocr_events_published", "Events handed to the broker.", registry=self.registry)
        self._corrections = Counter(
            "ocr_corrections", "Verdicts of people on fields.", ["field", "verdict"], registry=self.registry
        )
        self._lag_s = Gauge("ocr_event_loop_lag_seconds", "How late the event loop wakes up.", registry=self.registry)
        self._running = Gauge("ocr_documents_running", "Documents being read.", registry=self.registry)
        self._waiting = Gauge("ocr_documents_waiting", "Calls waiting for a permit.", registry=self.registry)

    def observe_call(self, method: str, code: str, wall_s: float) -> None:
        """One finished gRPC call; ``code`` is the status's name."""
        self._calls.labels(method, code).inc()
        self._call_s.labels(method).observe(wall_s)

    def observe_stage(self, stage: Stage, wall_s: float) -> None:
        """One finished stage."""
        self._stage_s.labels(stage.value).observe(wall_s)

    def observe_recognition(self, recognition: Recognition) -> None:
        """What was found in one document."""
        document = recognition.document
        for page in document.pages:
            self._pages.inc()
            for line in page.lines:
                self._lines.labels(line.engine.value).inc()
        for barcode in document.barcodes:
            self._barcodes.labels(barcode.symbology.value).inc()
        for check in document.checks:
            self._checks.labels(check.check_id.split("/")[0], check.state.value).inc()

    def observe_result(self, source: str) -> None:
        """One result, from ``cache``, from ``other_call``, which read the same meanwhile, or from ``reading``."""
        self._results.labels(source).inc()

    def observe_job(self, state: JobState) -> None:
        """One attempt at a job, which is in this state now: QUEUED again, or ended."""
        self._jobs.labels(state.value).inc()

    def observe_waiting_jobs(self, waiting: int) -> None:
        """How many jobs wait, those of all servers."""
        self._jobs_waiting.set(waiting)

    def observe_published(self, events: int) -> None:
        """So many events have been published."""
        self._events.inc(events)

    def observe_judgement(self, judgement: Judgement) -> None:
        """What a person made of one document."""
        for field in judgement.fields:
            self._corrections.labels(field.field_name, field.verdict.value).inc()

    def observe_trial(self, trial: Trial) -> None:
        """One request that a version on trial was asked too."""
        version = (trial.model, str(trial.version))
        self._trial_lines.labels(*version, "yes").inc(trial.agreeing)
        self._trial_lines.labels(*version, "no").inc(len(trial.serving) - trial.agreeing)
        for who, reads, wall_s in (
            ("serving", trial.serving, trial.serving_s),
            ("trial", trial.shadow, trial.shadow_s),
        ):
            self._trial_s.labels(*version, who).observe(wall_s)
            for read in reads:
                self._trial_confidence.labels(*version, who).observe(read.confidence)

    def watch_admission(self, admission: Admission) -> None:
        """Read the door's gauges whenever Prometheus asks."""
        self._running.set_function(lambda: admission.running)
        self._waiting.set_function(lambda: admission.waiting)

    async def watch_loop(self) -> None:
        """Measure the event loop's lag until cancelled: CPU work that slipped onto the loop shows here."""
        loop = asyncio.get_running_loop()
        while True:
            due_s = loop.time() + _LAG_SAMPLE_S
            await asyncio.sleep(_LAG_SAMPLE_S)
            self._lag_s.set(max(0.0, loop.time() - due_s))
