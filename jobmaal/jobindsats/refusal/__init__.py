"""When a response is refused: it cannot be what the publisher means, so it is quarantined and does not land.

A response is refused where its form is none (`jobindsats.response`: columns, labels, numbers), or where its figures
break one of these rules, unless a reviewed row of series_reviews.csv accepts that response:

    incomplete  areas, members, periods or columns are missing
    nulls       values are null that are no suppressed small cells
    scale       figures are many times as large, or out of range
    revisions   more figures changed, or by more, than the publisher ever revises
    swapped     columns, members or periods stand in each other's place

Belongs here: these rules, and what has landed of a table as far as they need it. Does not: quarantine (`landing`).

The publisher revises, suppresses small cells and adds periods; that is legitimate, and the thresholds leave it room.
They were set on saved responses: a release revised at most one cell in eleven and hardly any by a fifth, no cell that
had a value was suppressed later, and of the areas only islands with at most 12 persons were left out.
"""
