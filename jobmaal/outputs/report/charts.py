"""The charts, as Vega-Lite through Altair: each answers one question, and has a table beside it.

Belongs here: what a chart shows and how. A colour is named by its variable in the style
sheet, such as --c1. Does not: the colours themselves (they differ in light and dark), nor the lines
that a reader of the benchmark page chooses (`report.js` draws them).
"""

from collections.abc import Sequence
from typing import Any

import altair as alt

#: Rows for a chart: plain values, no dates.
Values = Sequence[dict[str, Any]]
Spec = dict[str, Any]
_SHORT = ",.1~f"


def _chart(values: Values) -> Any:
    # The width is the page's.
    return alt.Chart(alt.InlineData(values=list(values))).properties(width="container")


def _names(values: Values) -> Any:
    order = list(dict.fromkeys(row["name"] for row in values))
    return alt.Y("name:N", sort=order, title=None, axis=alt.Axis(labelLimit=380))


def _finished(chart: Any) -> Spec:
    """Return a chart as Vega-Lite, without Altair's colours: the style sheet's take their place."""
    spec: Spec = chart.to_dict()
    spec.pop("config", None)
    return spec


def stacked_bars(values: Values, unit: str, parts: Sequence[str], colours: Sequence[str] = ()) -> Spec | None:
    """Draw a bar for each `name`, of its parts' amounts; in the order of the rows, parts in that of their `rank`."""
    if not values:
        return None
    domain = alt.Scale(domain=list(parts), range=list(colours)) if colours else alt.Scale(domain=list(parts))
    chart = (
        _chart(values)
        .mark_bar()
        .encode(
            y=_names(values),
            x=alt.X("amount:Q", title=unit, axis=alt.Axis(format=_SHORT, tickCount=8)),
            color=alt.Color("part:N", sort=list(parts), title=None, scale=domain),
            order=alt.Order("rank:O"),
            tooltip=[
                alt.Tooltip("name:N", title=" "), alt.Tooltip("part:N", title="  "),
                alt.Tooltip("amount:Q", title=unit, format=_SHORT),
            ],
        )
        .properties(height=alt.Step(26))
    )  # fmt: skip
    return _finished(chart)


def ranks(values: Values, unit: str) -> Spec | None:
    """Draw the ranks of each `name`, best to the left, in the order of `end`, with a tick where the `goal` is."""
    if not values:
        return None
    base = _chart(values).encode(y=_names(values))
    goals = base.mark_tick(thickness=4, size=26, color="--bad").encode(x=alt.X("goal:Q"))
    # No rank is zero.
    axis = alt.Axis(format="d", values=[1, *range(5, int(max(row["place"] for row in values)) + 5, 5)])
    whens = [row["when"] for row in sorted(values, key=lambda row: row["end"])]
    seen = base.mark_point(filled=True, size=110, opacity=1).encode(
        x=alt.X("place:Q", title=unit, axis=axis),
        color=alt.Color("when:N", title=None, sort=list(dict.fromkeys(whens))),
        shape=alt.Shape("when:N", title=None, sort=list(dict.fromkeys(whens))),
        tooltip=[
            alt.Tooltip("name:N", title=" "), alt.Tooltip("when:N", title="  "),
            alt.Tooltip("place:Q", title=unit), alt.Tooltip("goal:Q", title="mål"),
        ],
    )  # fmt: skip
    return _finished(alt.layer(goals, seen).properties(width="container", height=alt.Step(34)))
