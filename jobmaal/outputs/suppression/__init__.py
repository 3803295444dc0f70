"""What is for wider circles: the report, the workbook and the CSV files.

Belongs here: the rule on what is hidden there, and the tables as they are shown under it. Does not: how they are shown.
"""
