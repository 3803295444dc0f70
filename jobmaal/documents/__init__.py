"""A printed figure: the grammar of numbers, figures, the claims that a document makes of itself, its known faults.

Belongs here: reading what is printed and working out what must add up. Does not: the tables that it is typed into
(`inputs`), nor what is published by Jobindsats (`jobindsats`).
"""
