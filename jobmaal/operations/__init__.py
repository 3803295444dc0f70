"""What keeps the warehouse running: the refresh session, locks, status, alerts, health.

Belongs here: who works when, how it ended, and who is alerted. Does not: the steps of a refresh (`dagster_project`).
"""
