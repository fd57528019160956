"""The report of perf_analyzer."""

from benchmarks.triton.perf_analyzer import read_report

# As it wrote it for 16 requests of 8 lines.
REPORT = """\
Concurrency,Inferences/Second,Client Send,Network+Server Send/Recv,Server Queue,Server Compute Input,\
Server Compute Infer,Server Compute Output,Client Recv,p50 latency,p90 latency,p95 latency,p99 latency
4,127.857,25,3053,41850,45,54466,574,7,98652,128589,128589,172704
"""


def test_microseconds_become_milliseconds() -> None:
    assert read_report(REPORT) == {
        "per_s": 127.86,
        "p50_ms": 98.7,
        "p95_ms": 128.6,
        "p99_ms": 172.7,
        "p99_to_p50": 1.75,
        "queue_ms": 41.9,
        "compute_ms": 54.5,
    }
