"""The diagram of the star: each fact and bridge in the middle, with a line to every dimension that it refers to.

Belongs here: where things stand in the diagram. Does not: what refers to what (`contract`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from jobmaal.core.contract import PublicTable

_MIDDLE, _SIDES = 2.0, (0.0, 4.0)
_COLOURS = ("--c1", "--c2", "--c4", "--c5", "--c6", "--c3")
_ROW = 34


def references(tables: Sequence[PublicTable]) -> dict[str, list[str]]:
    """Return the dimensions that each fact and bridge refers to, in the order of its columns."""
    return {
        table.name: list(
            dict.fromkeys(
                column.references[0]
                for column in table.columns
                if column.references is not None and column.references[0].startswith("dim_")
            )
        )
        for table in tables
        if table.name.startswith(("fct_", "bridge_"))
    }


def spec(tables: Sequence[PublicTable]) -> dict[str, Any]:
    """Draw the star as Vega-Lite. Colours are named by their variables in the report's style sheet."""
    star = references(tables)
    places = _places(star)
    lines = [
        {"fact": fact, "x": x, "y": y, "x2": places[dimension][0], "y2": places[dimension][1]}
        for fact, (x, y) in places.items()
        for dimension in star.get(fact, [])
    ]
    names = [{"name": name, "x": x, "y": y} for name, (x, y) in places.items()]
    across = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[-0.4, 4.4]))
    height = _ROW * (1 + max(y for _, y in places.values()))
    down = alt.Y("y:Q", axis=None, scale=alt.Scale(reverse=True, domain=[-0.5, height / _ROW - 0.5]))
    colours = alt.Scale(domain=list(star), range=[_COLOURS[at % len(_COLOURS)] for at in range(len(star))])
    drawn = (
        alt.Chart(alt.InlineData(values=lines))
        .mark_rule(strokeWidth=1.5, opacity=0.7)
        .encode(
            x=across,
            y=down,
            x2="x2:Q",
            y2="y2:Q",
            color=alt.Color("fact:N", scale=colours, legend=None),
            tooltip="fact:N",
        )
    )
    written = alt.Chart(alt.InlineData(values=names)).encode(x=across, y=down, text="name:N")
    background = written.mark_text(fontSize=13, stroke="--page", strokeWidth=8, strokeJoin="round")
    chart = alt.layer(drawn, background, written.mark_text(fontSize=13, fill="--ink"))
    found: dict[str, Any] = chart.properties(width="container", height=height).to_dict()
    found.pop("config", None)
    return found


def _places(star: Mapping[str, Sequence[str]]) -> dict[str, tuple[float, float]]:
    """Place the facts under each other, and each dimension at the height of those that refer to it."""
    middle = {name: (_MIDDLE, float(at)) for at, name in enumerate(star)}
    dimensions = {name for refers in star.values() for name in refers}

    def height(dimension: str) -> tuple[float, str]:
        of_facts = [middle[fact][1] for fact, refers in star.items() if dimension in refers]
        return sum(of_facts) / len(of_facts), dimension

    ordered = sorted(dimensions, key=height)
    rows = (len(ordered) + 1) // 2
    stretch = max(rows / len(middle), 1)
    found = {name: (x, y * stretch) for name, (x, y) in middle.items()}
    for at, name in enumerate(ordered):
        found[name] = (_SIDES[at % 2], float(at // 2))
    return found
