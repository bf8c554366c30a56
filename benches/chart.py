"""A bar chart as SVG."""

from __future__ import annotations

from xml.sax.saxutils import escape

WIDTH, LABEL, BAR, GAP, TOP = 860, 300, 20, 6, 44


def bars(title: str, rows: list[tuple[str, float, bool]]) -> str:
    """A bar for each label and value, in this order; those that are marked stand out."""
    scale = (WIDTH - LABEL - 80) / max(value for _, value, _ in rows)
    height = TOP + len(rows) * (BAR + GAP) + 10
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        'font-family="sans-serif" font-size="13" role="img">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="10" y="26" font-size="16" fill="#111">{escape(title)}</text>',
    ]
    for number, (label, value, marked) in enumerate(rows):
        top = TOP + number * (BAR + GAP)
        length = max(value * scale, 1)
        colour = "#c2410c" if marked else "#94a3b8"
        lines += [
            f'<text x="{LABEL - 8}" y="{top + 15}" text-anchor="end" fill="#111">{escape(label)}</text>',
            f'<rect x="{LABEL}" y="{top}" width="{length:.1f}" height="{BAR}" fill="{colour}"/>',
            f'<text x="{LABEL + length + 6:.1f}" y="{top + 15}" fill="#111">{value:,.1f}</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])
