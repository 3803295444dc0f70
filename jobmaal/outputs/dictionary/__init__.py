"""The catalogue in every release: what each table and column means, in Danish and English, and how they hang together.

Belongs here: showing what is written beside dbt's models. Does not: any description of its own.
"""
