"""The pages: which rows of the public tables each shows, as tables, charts and a few facts.

Belongs here: choosing, ordering and naming what is shown. Does not: figures of its own (only the rows of one table are
summed, where a reader could do it), nor the texts around them (`report.html`).
"""
