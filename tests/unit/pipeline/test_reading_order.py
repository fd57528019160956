from ocr_server.domain.document import Engine, Line
from ocr_server.domain.geometry import Polygon
from ocr_server.pipeline.reading_order import order_lines


def line(text: str, left: float, top: float) -> Line:
    return Line(text, 0.9, 0.9, Polygon.from_box(left, top, left + 80, top + 20), (), Engine.PPOCR)


def test_lines_are_read_by_rows_and_from_left_to_right() -> None:
    lines = [line("12.30", 300, 42), line("SHOP", 100, 0), line("CASH", 0, 80), line("TOTAL", 0, 40)]
    assert [each.text for each in order_lines(lines, 0.0)] == ["SHOP", "TOTAL", "12.30", "CASH"]


def test_a_page_upside_down_is_read_from_its_own_top() -> None:
    def upside_down(text: str, left: float, top: float) -> Line:
        a, b, c, d = Polygon.from_box(left, top, left + 80, top + 20).vertices
        return Line(text, 0.9, 0.9, Polygon((c, d, a, b)), (), Engine.PPOCR)

    lines = [upside_down("TOTAL", 300, 40), upside_down("12.30", 0, 38), upside_down("SHOP", 200, 80)]
    assert [each.text for each in order_lines(lines, 180.0)] == ["SHOP", "TOTAL", "12.30"]


def test_no_line_is_lost_even_where_lines_lie_upon_each_other() -> None:
    lines = [line(str(number), 0, 0) for number in range(50)]
    assert sorted(each.text for each in order_lines(lines, 0.0)) == sorted(each.text for each in lines)


def test_a_page_without_lines_has_no_order() -> None:
    assert order_lines([], 90.0) == ()
