"""What people open in a release: the report, the workbook and CSV, the dictionary, the page of checks.

Belongs here: writing these from a build, and what is suppressed in them. Does not: publishing them (`releases`).
"""
