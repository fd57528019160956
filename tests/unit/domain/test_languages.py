import pytest

from ocr_server.domain.languages import is_written_in_latin


@pytest.mark.parametrize("tag", ["de", "EN-gb", "vi", "sr-Latn", "zh-Latn-pinyin", "sl-rozaj-biske-1994", "id"])
def test_latin(tag: str) -> None:
    assert is_written_in_latin(tag)


@pytest.mark.parametrize("tag", ["ru", "sr", "zh", "zh-Hant-TW", "en-Cyrl", "JA", "el-GR", "ar"])
def test_other_letters(tag: str) -> None:
    assert not is_written_in_latin(tag)
