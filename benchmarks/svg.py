"""The few shapes that the pictures of results are drawn with."""

from collections.abc import Iterable, Sequence
from html import escape

OURS, OTHERS, INK, GRID = "#0b6e4f", "#8a8f98", "#30343b", "#e4e6ea"
LABEL_PX = 13


def picture(width: int, height: int, title: str, shapes: Iterable[str]) -> str:
    """A whole SVG file, white below the shapes."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        f'font-size="{LABEL_PX}">\n<title>{escape(title)}</title>\n'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>\n' + "\n".join(shapes) + "\n</svg>\n"
    )


def dot(x: float, y: float, colour: str) -> str:
    """One result."""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}"/>'


def path(points: Sequence[tuple[float, float]], colour: str) -> str:
    """A line through results that belong together."""
    corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{corners}" fill="none" stroke="{colour}" stroke-width="2"/>'


def line(x1: float, y1: float, x2: float, y2: float) -> str:
    """A line of the grid."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{GRID}"/>'


def text(x: float, y: float, words: str, *, anchor: str = "start", colour: str = INK) -> str:
    """Words on one line; (x, y) is where they stand, at their ``anchor``."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(words)}</text>'
