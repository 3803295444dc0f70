"""What keeps the warehouse running: the refresh session, locks, status, alerts, health.

Belongs here: when work may run, how it ended, when a release is current, and who is alerted. Does not:
the steps of a refresh (`dagster_project`).
"""
