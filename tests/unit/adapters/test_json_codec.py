"""Whatever the domain can hold comes back from JSON as it was."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_server.adapters.json_codec import OPTIONS, RECOGNITION, STAGE_PROGRESS
from ocr_server.domain.barcode import Barcode
from ocr_server.domain.document import Document, Recognition, RecognizeOptions
from ocr_server.domain.geometry import Point, Polygon
from ocr_server.domain.money import Money
from ocr_server.domain.progress import StageProgress
from ocr_server.domain.receipt import Field, LineItem, Receipt

POINTS = st.builds(Point, st.floats(), st.floats())
POLYGONS = st.builds(Polygon, st.tuples(POINTS, POINTS, POINTS, POINTS))
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False)
MONEY = st.builds(Money, DECIMALS, st.text(max_size=3))
st.register_type_strategy(Polygon, POLYGONS)


def field(values: st.SearchStrategy[object]) -> st.SearchStrategy[Field[object]]:
    """A field of these values, or its absence."""
    return st.none() | st.builds(Field, st.text(), values, st.floats(), POLYGONS, st.integers(0, 99))


LINE_ITEMS = st.builds(
    LineItem, description=field(st.text()), quantity=field(DECIMALS), unit_price=field(MONEY), total=field(MONEY)
)
RECEIPTS = st.builds(
    Receipt,
    merchant_name=field(st.text()),
    transaction_date=field(st.dates()),
    transaction_time=field(st.times().map(lambda time: time.replace(fold=0))),  # a receipt's clock has no fold
    total=field(MONEY),
    line_items=st.lists(LINE_ITEMS, max_size=2).map(tuple),
)
BARCODES = st.builds(Barcode, raw_value=st.binary())
DOCUMENTS = st.builds(Document, barcodes=st.lists(BARCODES, max_size=2).map(tuple), fields=st.none() | RECEIPTS)


@settings(max_examples=50, deadline=None)
@given(st.builds(Recognition, document=DOCUMENTS))
def test_a_recognition_comes_back_digit_for_digit(recognition: Recognition) -> None:
    # As text, because NaN is not equal to itself, and 1.50 is equal to 1.5.
    assert repr(RECOGNITION.load(RECOGNITION.dump(recognition))) == repr(recognition)


@given(st.from_type(RecognizeOptions))
def test_options_come_back(options: RecognizeOptions) -> None:
    assert OPTIONS.load(OPTIONS.dump(options)) == options


@given(st.builds(StageProgress, fraction=st.floats(0, 1)))
def test_progress_comes_back(progress: StageProgress) -> None:
    assert STAGE_PROGRESS.load(STAGE_PROGRESS.dump(progress)) == progress


def test_options_stored_by_an_older_server_are_read_with_todays_defaults() -> None:
    assert OPTIONS.load('[{"engine": "fast"}]').languages == ()
