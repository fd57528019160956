import math

from hypothesis import given
from hypothesis import strategies as st

from ocr_server.domain.document import Engine, Line, Page
from ocr_server.domain.geometry import Polygon
from ocr_server.extraction.layout import group_rows, read_rows
from ocr_server.extraction.mention import Mention
from tests.unit.extraction.printed_receipts import MALAYSIA, line, page

coordinates = st.floats(-1e4, 1e4)
polygons = st.lists(st.tuples(coordinates, coordinates), min_size=4, max_size=4).map(Polygon.from_array)


def texts(printed: Page) -> list[str]:
    return [row.text for row in read_rows([printed])]


def turned(printed: Page, degrees_clockwise: float) -> Page:
    """The page photographed at that angle: what was upright runs in that direction."""
    angle = math.radians(degrees_clockwise)
    cos, sin = math.cos(angle), math.sin(angle)
    lines = [
        Line(
            each.text,
            each.confidence,
            1.0,
            Polygon.from_array([(x * cos - y * sin, x * sin + y * cos) for x, y in each.polygon.vertices]),
            (),
            Engine.PPOCR,
        )
        for each in printed.lines
    ]
    return Page(1, 1, 1, -degrees_clockwise % 360, tuple(lines))


def test_lines_side_by_side_are_one_row_from_left_to_right() -> None:
    assert texts(page("TOTAL      RM     12.30\nCASH   50.00")) == ["TOTAL RM 12.30", "CASH 50.00"]


def test_the_order_in_which_lines_were_found_does_not_matter() -> None:
    printed = page(MALAYSIA)
    shuffled = Page(1, printed.width_px, printed.height_px, 0.0, printed.lines[::-1])
    assert texts(shuffled) == texts(printed)


@given(st.sampled_from([0, 90, 180, 270]), st.floats(-2.5, 2.5))
def test_a_page_reads_the_same_however_it_was_held(quarter: int, tilt_degrees: float) -> None:
    assert texts(turned(page(MALAYSIA), quarter + tilt_degrees)) == texts(page(MALAYSIA))


def test_a_tall_line_beside_two_short_ones_does_not_join_them() -> None:
    lines = (
        line("MILK", 0, 0),
        line("BREAD", 0, 30),
        Line("12.30", 0.9, 1.0, Polygon.from_box(200, 0, 300, 50), (), Engine.PPOCR),
    )
    assert len(texts(Page(1, 1, 1, 0.0, lines))) == 2


@given(st.lists(polygons, max_size=20), st.floats(0, 360))
def test_every_line_stands_in_exactly_one_row_wherever_it_lies(found: list[Polygon], degrees: float) -> None:
    rows = group_rows(found, degrees)
    assert sorted(index for row in rows for index in row) == list(range(len(found)))


def test_lines_set_close_below_each_other_stay_apart() -> None:
    lines = (line("MILK", 0, 0), line("12.30", 200, 18), line("BREAD", 0, 20))
    assert texts(Page(1, 1, 1, 0.0, lines)) == ["MILK", "BREAD 12.30"]


def test_running_text_and_blank_lines_are_no_rows() -> None:
    lines = (line("x" * 201, 0, 0), line("   ", 0, 30), line("TOTAL 1.00", 0, 60))
    assert texts(Page(1, 1, 1, 0.0, lines)) == ["TOTAL 1.00"]


def test_lines_that_would_make_too_long_a_row_stand_alone() -> None:
    dots = tuple(Line("TOTAL 1.00", 0.9, 1.0, Polygon.from_box(5, 5, 5, 5), (), Engine.PPOCR) for _ in range(100))
    assert texts(Page(1, 1, 1, 0.0, dots)) == ["TOTAL 1.00"] * 100


def test_pages_follow_each_other() -> None:
    rows = read_rows([page("FIRST"), page("SECOND", page_number=2)])
    assert [(row.text, row.page_number) for row in rows] == [("FIRST", 1), ("SECOND", 2)]


def test_a_mention_has_the_box_and_the_confidence_of_its_words() -> None:
    (row,) = read_rows([Page(1, 1, 1, 0.0, (line("TOTAL RM 12.30", 100, 0, confidence=0.8),))])
    field = Mention.in_row(row, 9, 14).field("12.30", certainty=0.5)
    assert field.mention_text == "12.30"
    assert field.polygon.bounding_box == (190, 0, 240, 24)
    assert field.confidence == 0.4


def test_a_mention_across_lines_has_their_common_box() -> None:
    (row,) = read_rows([page("TOTAL     12.30")])
    field = Mention.in_row(row, 0, len(row.text)).field("")
    assert field.mention_text == "TOTAL 12.30"
    assert field.polygon.bounding_box == (0, 0, 150, 24)


def test_a_mention_across_pages_has_the_box_on_the_first() -> None:
    first, second = read_rows([page("ONE"), page("ANOTHER", page_number=2)])
    field = Mention.join([Mention.in_row(first, 0, 3), Mention.in_row(second, 0, 7)]).field("")
    assert (field.page_number, field.polygon.bounding_box) == (1, (0, 0, 30, 24))


def test_a_line_without_words_is_cut_by_the_share_of_its_characters() -> None:
    whole = Line("ABCDE 12.3", 0.7, 1.0, Polygon.from_box(0, 0, 100, 20), (), Engine.PPOCR)
    (row,) = read_rows([Page(1, 1, 1, 0.0, (whole,))])
    field = Mention.in_row(row, 6, 10).field("")
    assert field.polygon.bounding_box == (60, 0, 100, 20)
    assert field.confidence == 0.7
