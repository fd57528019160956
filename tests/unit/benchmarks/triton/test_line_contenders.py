"""Ways for lines to reach TrOCR."""

from pathlib import Path

from google.protobuf import text_format
from tritonclient.grpc.model_config_pb2 import ModelConfig

from benchmarks.triton.line_contenders import LINE_CONTENDERS, SERVED

TROCR = Path(__file__).parents[4] / "model_repository/trocr"


def test_what_the_dynamic_batcher_joins_is_the_served_model_in_all_else(tmp_path: Path) -> None:
    contender = LINE_CONTENDERS["dynamic"]
    contender.write_model(TROCR, tmp_path / contender.model)
    served = text_format.Parse((TROCR / "config.pbtxt").read_text(), ModelConfig())
    joining = text_format.Parse((tmp_path / contender.model / "config.pbtxt").read_text(), ModelConfig())
    assert joining.HasField("dynamic_batching")
    assert all(tensor.allow_ragged_batch for tensor in joining.input)
    assert joining.max_batch_size > served.max_batch_size
    assert joining.name == contender.model

    joining.name, joining.max_batch_size = served.name, served.max_batch_size
    joining.ClearField("dynamic_batching")
    for tensor in joining.input:
        tensor.ClearField("allow_ragged_batch")
    assert joining == served
    assert "Serving" not in (tmp_path / contender.model / "1/model.py").read_text()


def test_the_way_of_the_server_is_served_as_it_is(tmp_path: Path) -> None:
    contender = LINE_CONTENDERS[SERVED]
    contender.write_model(TROCR, tmp_path / contender.model)
    for name in ("config.pbtxt", "1/model.py"):
        assert (tmp_path / contender.model / name).read_bytes() == (TROCR / name).read_bytes()


def test_what_comes_back_until_it_is_read_is_the_served_model_in_all_else(tmp_path: Path) -> None:
    contender = LINE_CONTENDERS["in-flight"]
    contender.write_model(TROCR, tmp_path / contender.model)
    served = text_format.Parse((TROCR / "config.pbtxt").read_text(), ModelConfig())
    in_flight = text_format.Parse((tmp_path / contender.model / "config.pbtxt").read_text(), ModelConfig())
    batching = in_flight.sequence_batching
    assert batching.iterative_sequence
    assert batching.oldest.max_candidate_sequences == in_flight.max_batch_size
    assert batching.max_sequence_idle_microseconds > 5_000_000  # a line that Triton has forgotten is never answered
    assert list(in_flight.instance_group) == list(served.instance_group)
    assert list(in_flight.output) == list(served.output)
    assert (tmp_path / contender.model / "1/line_scheduler.py").exists()
    assert "Serving" not in (tmp_path / contender.model / "1/model.py").read_text()
