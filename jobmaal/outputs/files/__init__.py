"""Files in every release for those who open rather than query: a workbook, CSV, and a description of the CSV.

Belongs here: writing them. Does not: which values are suppressed in them (`suppression`), what the tables
promise (`contract`), the dictionary (`dictionary`).
"""
