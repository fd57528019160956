"""The picture of speed and accuracy."""

from xml.etree import ElementTree

from benchmarks.curve import draw_curve

SVG = "{http://www.w3.org/2000/svg}"
FIGURES = {
    "ours fast": {"cpu_s_median": 0.3, "word_f1": 0.93},
    "ours accurate": {"cpu_s_median": 0.9, "word_f1": 0.95},
    "theirs <small>": {"cpu_s_median": 1.5, "word_f1": 0.88},
}


def test_better_stands_higher_and_slower_further_right() -> None:
    picture = ElementTree.fromstring(draw_curve(FIGURES, "ours", ["ours fast", "ours accurate"], "3 pages"))
    fast, accurate, theirs = (
        (float(dot.get("cx", "")), float(dot.get("cy", ""))) for dot in picture.iter(SVG + "circle")
    )
    assert fast[0] < accurate[0] < theirs[0]
    assert accurate[1] < fast[1] < theirs[1]
    (joined,) = picture.iter(SVG + "polyline")
    assert joined.get("points") == f"{fast[0]},{fast[1]} {accurate[0]},{accurate[1]}"
    assert set(FIGURES) <= {text.text for text in picture.iter(SVG + "text")}


def test_a_point_that_did_not_take_part_is_left_out() -> None:
    picture = ElementTree.fromstring(draw_curve(FIGURES, "ours", ["ours fast", "ours balanced"], "3 pages"))
    (joined,) = picture.iter(SVG + "polyline")
    assert len((joined.get("points") or "").split()) == 1
