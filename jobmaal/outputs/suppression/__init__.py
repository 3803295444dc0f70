"""What is suppressed in public outputs: the report, the workbook and the CSV files.

Belongs here: which cells are suppressed (`rule`), and the tables as they are shown. Does not: how they are shown.
"""
