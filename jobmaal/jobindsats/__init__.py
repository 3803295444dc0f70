"""Jobindsats: fetching the labour-market agency's statistics, keeping the responses, and reading them into tables.

Belongs here: all that knows how the publisher's API and responses look. Does not: what is made of the series
(benchmarks, ranks, attainment), which is dbt's.
"""
