"""The public tables as the pages of one municipality see them: without the documents of the others.

Belongs here: hiding these rows from queries that name a table, for as long as the pages are made. Does not: what a page
shows (`pages`), and what is suppressed (`suppression`).
"""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

#: The tables that have a document's rows beside those of others: by the document, or as a table of statistics.
_TABLES = """
    select table_name, min(column_name) from duckdb_columns()
    where database_name = current_database() and schema_name = 'main' and column_name in ('document_id', 'table_id')
    group by table_name order by table_name
"""


@contextmanager
def of(database: duckdb.DuckDBPyConnection, municipality: str) -> Iterator[None]:
    """Let the names of the public tables stand for the rows of a municipality's documents and of the series.

    The views are the connection's own and temporary, so that names find them before the tables.
    """
    database.execute(
        "create or replace temp table other_documents as"
        " select document_id from dim_agreement where agreement_key != -1 and municipality_name != ?",
        [municipality],
    )
    ((catalog,),) = database.execute("select current_database()").fetchall()
    tables = database.execute(_TABLES).fetchall()
    for table, column in tables:
        database.execute(
            f'create or replace temp view {table} as select * from "{catalog}".main.{table}'
            f" where {column} is null or {column} not in (select document_id from other_documents)"
        )
    try:
        yield
    finally:
        for table, _ in tables:
            database.execute(f"drop view temp.{table}")
