"""Made-up series, and the demo release that is built on them.

Belongs here: what is invented, marked so on every row. Does not: anything that a real release uses.
"""
