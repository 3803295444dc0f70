"""The report: a small static site in Danish that goes into every release, for people who look rather than query.

Belongs here: everything between the public tables and the pages. Does not: figures of its own (what is shown is
defined in the warehouse, what is suppressed in `suppression`), nor publishing.
"""

INDEX = "index.html"
