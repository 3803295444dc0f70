"""Ways into a published release: opening it, reading a table, tracing a figure, pushing it to PostgreSQL.

Belongs here: reading. Does not: anything that changes a release.
"""
