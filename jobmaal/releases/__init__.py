"""Releases: which there are, making the next one, what changed in it, building only what is new.

Belongs here: staging, Parquet, the link that readers follow, fingerprints. Does not: what people open (`outputs`), nor
when a release is made (`operations`).
"""
