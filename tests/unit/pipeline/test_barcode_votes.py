from ocr_server.domain.barcode import Symbology
from ocr_server.domain.geometry import Polygon
from ocr_server.pipeline.barcode_votes import Verdict, Votes, leave_out_parts
from ocr_server.ports import BarcodeReading

HERE = Polygon.from_box(100, 100, 300, 180)
ELSEWHERE = Polygon.from_box(100, 400, 300, 480)


def reading(reader: str, text: str, place: Polygon = HERE, symbology: Symbology = Symbology.EAN_13) -> BarcodeReading:
    return BarcodeReading(reader, symbology, text, text.encode(), place)


def decide(*looks: list[BarcodeReading]) -> list[tuple[str, tuple[str, ...]]]:
    votes = Votes()
    for look in looks:
        votes.add_look(look)
    return [(verdict.reading.text, verdict.readers) for verdict in votes.verdicts()]


def test_most_readers_win_over_the_first() -> None:
    looks = [reading("zxing-cpp", "A")], [reading("zbar", "B")], [reading("opencv", "B")]
    assert decide(*looks) == [("B", ("zbar", "opencv"))]


def test_a_reader_that_looks_twice_counts_once() -> None:
    assert decide([reading("zxing-cpp", "A")], [reading("zbar", "B")], [reading("zbar", "B")]) == [
        ("A", ("zxing-cpp",))
    ]


def test_later_readers_that_differ_settle_nothing() -> None:
    assert decide([], [reading("zbar", "A")], [reading("opencv", "B")]) == []


def test_one_reader_settles_a_self_correcting_symbol_but_not_a_linear_one() -> None:
    for symbology, settled in ((Symbology.QR_CODE, True), (Symbology.EAN_13, False)):
        votes = Votes()
        assert votes.is_empty
        assert not votes.is_settled
        votes.add_look([reading("zxing-cpp", "A", symbology=symbology)])
        assert not votes.is_empty
        assert votes.is_settled is settled


def test_the_same_content_at_two_places_is_two_symbols() -> None:
    looks = [[reading(reader, "A"), reading(reader, "A", ELSEWHERE)] for reader in ("zxing-cpp", "zbar")]
    assert decide(*looks) == [("A", ("zxing-cpp", "zbar"))] * 2


def test_one_scan_line_is_the_same_place_as_the_whole_symbol() -> None:
    line = Polygon.from_box(100, 160, 300, 161)
    assert decide([reading("zxing-cpp", "A", line)], [reading("zbar", "A")]) == [("A", ("zxing-cpp", "zbar"))]


def test_a_short_itf_needs_a_second_reader() -> None:
    first, second = (reading(name, "1234", symbology=Symbology.ITF) for name in ("zxing-cpp", "zbar"))
    assert decide([first]) == []
    assert decide([first], [second]) == [("1234", ("zxing-cpp", "zbar"))]


def test_what_is_read_into_a_part_of_a_better_confirmed_symbol_is_left_out() -> None:
    whole = Verdict(reading("zxing-cpp", "A"), ("zxing-cpp", "zbar"))
    part = Verdict(reading("zbar", "B", Polygon.from_box(210, 110, 290, 130)), ("zbar",))
    other = Verdict(reading("zbar", "C", ELSEWHERE), ("zbar",))
    assert leave_out_parts([part, whole, other]) == [whole, other]
