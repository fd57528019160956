"""JSON on its way through jsonb."""

import json

from hypothesis import example, given
from hypothesis import strategies as st

from ocr_server.adapters.production.postgres_rows import from_jsonb, to_jsonb

TEXTS = st.text(st.sampled_from('\0\\u0a"\ufdd0\ufdd1\ufdd2\n€')) | st.text(st.characters(exclude_categories=["Cs"]))


@given(TEXTS)
@example("\\\0")
@example("\\u0000")
@example("\ufdd0\ufdd2")
def test_every_text_comes_back_and_goes_without_nul(text: str) -> None:
    stored = to_jsonb(json.dumps([text], ensure_ascii=False))
    assert "\0" not in json.loads(stored)[0]
    assert json.loads(from_jsonb(stored)) == [text]
