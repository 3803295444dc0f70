"""Great Expectations' suites, one module a subject.

A suite is a list of checks. A check is a question in SQL whose answer is a small table, and what is
expected of that table. What belongs here: which numbers have to agree. What does not: running the
checks (`expectations.runner`) and deciding what a failure means (the gate's).
"""
