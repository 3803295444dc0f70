"""Which published numbers have to agree: a query per check in `<suite>/`, asked of what a build made.

`suites` lists the checks, `check` is their form, `runner` runs them in a process of their own, which `process` starts.
What does not belong here: what a failure means (the gate's).
"""
