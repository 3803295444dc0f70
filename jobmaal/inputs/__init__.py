"""Strict reading of the input tables under `seeds/`: CSV, what is declared of each column, reference tables.

Belongs here: whether a cell, a row or a table may stand as it is. Does not: what a printed number means (`documents`),
nor what a series holds (`jobindsats`).
"""
