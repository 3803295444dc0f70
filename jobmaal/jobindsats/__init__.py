"""Jobindsats: fetching the labour-market agency's statistics, keeping the replies, and reading them into tables.

Belongs here: all that knows how the publisher's API and replies look. Does not: what is made of the series
(benchmarks, ranks, attainment), which is dbt's.
"""
