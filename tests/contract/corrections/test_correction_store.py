"""What every CorrectionStore does."""

import asyncio
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ocr_server.domain.accuracy import Accuracy, AccuracyQuery, FieldAccuracy, TextAccuracy
from ocr_server.domain.correction import (
    Correction,
    FieldCorrection,
    JudgedField,
    JudgedLine,
    Judgement,
    LineCorrection,
    Review,
    Verdict,
)
from ocr_server.domain.document import Document, DocumentType, Engine, Line, Page, Recognition, Timing
from ocr_server.domain.errors import IdempotencyConflict, NotFound
from ocr_server.domain.geometry import Polygon
from ocr_server.ports import CorrectionStore
from tests.contract.corrections.fixture_types import Made, OpenStores, Read

CONFIRMED, CORRECTED, ADDED, REMOVED = Verdict
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
AT = MONDAY + timedelta(days=2, hours=3, microseconds=1)
YEAR = AccuracyQuery("shop-a", datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
BOX = Polygon.from_box(0.1, 2.25, 300.0, 40.7)


def field(verdict: Verdict, path: str = "receipt.total") -> JudgedField:
    return JudgedField(path, path.replace("[0]", "").replace("[1]", ""), verdict, "9\x00,90 Köfte", "9,50 👍🏽")


def line(text: str, edit_distance: int, *, index: int | None = 0, engine: Engine | None = Engine.TROCR) -> JudgedLine:
    return JudgedLine(1, index, engine, "r\x00ead", text, edit_distance)


def made(
    *judged: JudgedField | JudgedLine,
    tenant: str = "shop-a",
    at: datetime = AT,
    document_id: str = "",
    document_type: DocumentType = DocumentType.RECEIPT,
    engine: Engine = Engine.BALANCED,
    model_versions: str = "detector:1 trocr:1",
    request_id: str = "",
    review: Review | None = None,
) -> Made:
    """A correction of a document of its own, unless that is named, and what was judged."""
    review = review or Review(document_id or str(uuid.uuid4()))
    return Correction(str(uuid.uuid4()), tenant, at, review, request_id), Judgement(
        document_type,
        engine,
        model_versions,
        tuple(one for one in judged if isinstance(one, JudgedField)),
        tuple(one for one in judged if isinstance(one, JudgedLine)),
    )


async def add(store: CorrectionStore, *corrections: Made) -> None:
    for correction, judgement in corrections:
        assert await store.add(correction, judgement) == (correction, True)


def counts(accuracy: Accuracy) -> dict[str, tuple[int, int, int, int]]:
    return {one.field_name: (one.confirmed, one.corrected, one.added, one.removed) for one in accuracy.fields}


def recognition(document_id: str) -> Recognition:
    page = Page(1, 640, 480, 0.0, (Line("Köfte\x00 'quoted'", 0.5, 0.5, BOX, (), Engine.PPOCR),))
    return Recognition(Document(document_id, DocumentType.RECEIPT, (page,)), Timing(1.0, 0.0, ()), "trocr:1")


async def test_a_document_that_was_read_is_found_by_its_tenant_only(store: CorrectionStore, read: Read) -> None:
    first, second = str(uuid.uuid4()), str(uuid.uuid4())
    job, other = await read("shop-a", recognition(first)), await read("shop-a", recognition(second))
    assert await store.find_read("shop-a", first) == job
    assert await store.find_read("shop-a", second) == other
    for tenant, document_id in (("shop-b", first), ("shop-a", str(uuid.uuid4())), ("shop-a", job.job_id)):
        with pytest.raises(NotFound):
            await store.find_read(tenant, document_id)


async def test_a_request_id_records_once_and_tells_what_it_recorded(store: CorrectionStore) -> None:
    review = Review(
        str(uuid.uuid4()),
        (FieldCorrection("receipt.total", CORRECTED, "9,50 👍🏽 \ufdd0"), FieldCorrection("receipt.tax", CONFIRMED)),
        (LineCorrection(1, BOX, "right"), LineCorrection(2, BOX, "")),
        remaining_fields_confirmed=True,
        document_type=DocumentType.INVOICE,
    )
    request_id = str(uuid.uuid4())
    first, judgement = made(field(CORRECTED), line("right", 3), review=review, request_id=request_id)
    again, _ = made(review=review, request_id=request_id, at=AT + timedelta(hours=1))
    assert await store.add(first, judgement) == (first, True)
    assert await store.add(again, judgement) == (first, False)
    other = replace(again, review=replace(review, remaining_fields_confirmed=False))
    with pytest.raises(IdempotencyConflict):
        await store.add(other, judgement)
    another_tenants = replace(other, tenant="shop-b", correction_id=str(uuid.uuid4()))
    assert await store.add(another_tenants, judgement) == (another_tenants, True)
    assert counts(await store.sum_up(YEAR)) == {"receipt.total": (0, 1, 0, 0)}


async def test_of_equal_requests_at_once_one_is_recorded(store: CorrectionStore) -> None:
    review, request_id = Review(str(uuid.uuid4())), str(uuid.uuid4())
    wanted = [made(field(CONFIRMED), review=review, request_id=request_id) for _ in range(8)]
    answers = await asyncio.gather(*(store.add(correction, judgement) for correction, judgement in wanted))
    assert sum(is_new for _, is_new in answers) == 1
    assert len({correction.correction_id for correction, _ in answers}) == 1
    assert counts(await store.sum_up(YEAR)) == {"receipt.total": (1, 0, 0, 0)}


async def test_corrections_outlive_the_process(open_stores: OpenStores) -> None:
    async with open_stores() as (store, _):
        await add(store, made(field(CORRECTED), line("right", 2)))
    async with open_stores() as (store, _):
        accuracy = await store.sum_up(YEAR)
    assert counts(accuracy) == {"receipt.total": (0, 1, 0, 0)}
    assert accuracy.texts == (TextAccuracy(Engine.TROCR, 1, 2, 5),)


async def test_verdicts_are_counted_by_field_type_and_models_and_sorted_by_these(store: CorrectionStore) -> None:
    items = [field(verdict, f"receipt.line_items[{n}].quantity") for n, verdict in enumerate((CONFIRMED, REMOVED))]
    await add(
        store,
        made(field(CONFIRMED), *items),
        made(field(CONFIRMED), field(ADDED, "receipt.tip")),
        made(field(CORRECTED), model_versions="detector:1 trocr:2"),
        made(field(REMOVED), document_type=DocumentType.INVOICE),
    )
    assert (await store.sum_up(YEAR)).fields == (
        FieldAccuracy("receipt.line_items.quantity", DocumentType.RECEIPT, "detector:1 trocr:1", 1, 0, 0, 1),
        FieldAccuracy("receipt.tip", DocumentType.RECEIPT, "detector:1 trocr:1", 0, 0, 1, 0),
        FieldAccuracy("receipt.total", DocumentType.INVOICE, "detector:1 trocr:1", 0, 0, 0, 1),
        FieldAccuracy("receipt.total", DocumentType.RECEIPT, "detector:1 trocr:1", 2, 0, 0, 0),
        FieldAccuracy("receipt.total", DocumentType.RECEIPT, "detector:1 trocr:2", 0, 1, 0, 0),
    )


async def test_texts_are_summed_up_by_engine_without_lines_that_were_missed(store: CorrectionStore) -> None:
    await add(
        store,
        made(line("Köfte 👍", 2), line("abc", 0, index=1), line("missed", 6, index=None, engine=None)),
        made(line("", 4, engine=Engine.PPOCR)),
    )
    assert (await store.sum_up(YEAR)).texts == (
        TextAccuracy(Engine.PPOCR, 1, 4, 0),
        TextAccuracy(Engine.TROCR, 2, 2, 10),
    )


async def test_nothing_is_summed_up_to_nothing(store: CorrectionStore) -> None:
    await add(store, made(tenant="shop-b"), made())
    assert await store.sum_up(YEAR) == Accuracy((), ())


async def test_the_last_word_on_a_field_and_on_a_line_counts(store: CorrectionStore) -> None:
    first, second, another = (str(uuid.uuid4()) for _ in range(3))
    later = AT + timedelta(days=7)
    await add(
        store,
        made(field(CORRECTED), field(CORRECTED, "receipt.tax"), line("later", 1), document_id=second, at=later),
        made(field(CONFIRMED), line("sooner", 3), line("other line", 2, index=1), document_id=second),
        made(field(REMOVED), line("sooner", 3), document_id=first),
        made(field(CONFIRMED), line("alone", 2), document_id=another, tenant="shop-b"),
    )
    accuracy = await store.sum_up(YEAR)
    assert counts(accuracy) == {"receipt.tax": (0, 1, 0, 0), "receipt.total": (0, 1, 0, 1)}
    assert accuracy.texts == (TextAccuracy(Engine.TROCR, 3, 6, len("laterother linesooner")),)
    until_then = await store.sum_up(replace(YEAR, end=later))
    assert counts(until_then) == {"receipt.total": (1, 0, 0, 1)}


async def test_a_document_counts_as_what_it_was_last_said_to_be(store: CorrectionStore) -> None:
    document_id = str(uuid.uuid4())
    await add(
        store,
        made(field(CONFIRMED), document_id=document_id),
        made(field(REMOVED), document_id=document_id, document_type=DocumentType.INVOICE, at=AT + timedelta(hours=1)),
    )
    assert counts(await store.sum_up(replace(YEAR, document_type=DocumentType.RECEIPT))) == {}
    invoices = await store.sum_up(replace(YEAR, document_type=DocumentType.INVOICE))
    assert counts(invoices) == {"receipt.total": (0, 0, 0, 1)}


async def test_two_right_lines_for_one_that_was_read_both_count(store: CorrectionStore) -> None:
    await add(store, made(line("left", 6), line("right", 5)))
    assert (await store.sum_up(YEAR)).texts == (TextAccuracy(Engine.TROCR, 2, 11, 9),)


async def test_only_what_was_asked_for_is_summed_up(store: CorrectionStore) -> None:
    await add(
        store,
        made(field(CONFIRMED), line("own", 1)),
        made(field(ADDED), line("other tenant", 1), tenant="shop-b"),
        made(field(CORRECTED), line("other type", 1), document_type=DocumentType.INVOICE),
        made(field(REMOVED), line("other engine", 1), engine=Engine.FAST),
    )
    everything = await store.sum_up(YEAR)
    assert {one.document_type: one.confirmed + one.corrected + one.removed for one in everything.fields} == {
        DocumentType.RECEIPT: 2,
        DocumentType.INVOICE: 1,
    }
    assert everything.texts == (TextAccuracy(Engine.TROCR, 3, 3, len("ownother typeother engine")),)
    fast = await store.sum_up(replace(YEAR, engine=Engine.FAST))
    assert counts(fast) == {"receipt.total": (0, 0, 0, 1)}
    assert fast.texts == (TextAccuracy(Engine.TROCR, 1, 1, len("other engine")),)
    both = await store.sum_up(replace(YEAR, engine=Engine.BALANCED, document_type=DocumentType.RECEIPT))
    assert counts(both) == {"receipt.total": (1, 0, 0, 0)}
    assert both.texts == (TextAccuracy(Engine.TROCR, 1, 1, len("own")),)
    assert counts(await store.sum_up(replace(YEAR, tenant="shop-b"))) == {"receipt.total": (0, 0, 1, 0)}


async def test_a_period_includes_its_start_and_not_its_end(store: CorrectionStore) -> None:
    await add(store, made(field(CONFIRMED)))
    microsecond = timedelta(microseconds=1)

    async def is_in(start: datetime, end: datetime) -> bool:
        return bool((await store.sum_up(replace(YEAR, start=start, end=end))).fields)

    assert await is_in(AT, AT + microsecond)
    assert not await is_in(AT - microsecond, AT)
    assert not await is_in(AT + microsecond, AT + 2 * microsecond)


async def test_weeks_begin_on_monday_utc(store: CorrectionStore) -> None:
    microsecond, week = timedelta(microseconds=1), timedelta(weeks=1)
    await add(
        store,
        made(field(CONFIRMED), line("a", 1), at=MONDAY),
        made(field(CONFIRMED), line("b", 1), at=MONDAY + week - microsecond),
        made(field(CORRECTED), line("c", 0), at=MONDAY + week),
        made(field(ADDED), at=MONDAY - microsecond),
    )
    accuracy = await store.sum_up(replace(YEAR, by_week=True))
    assert [(one.week, one.confirmed, one.corrected, one.added) for one in accuracy.fields] == [
        (MONDAY - week, 0, 0, 1),
        (MONDAY, 2, 0, 0),
        (MONDAY + week, 0, 1, 0),
    ]
    assert accuracy.texts == (
        TextAccuracy(Engine.TROCR, 2, 2, 2, MONDAY),
        TextAccuracy(Engine.TROCR, 1, 0, 1, MONDAY + week),
    )
    assert all(one.week is None for one in (await store.sum_up(YEAR)).fields)
