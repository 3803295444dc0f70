"""The same question has the same answer wherever it is asked.

Belongs here: what each theme of the agreement for 2007 set aside, and on which account, asked of every way in to a
release. Does not: what else each of them answers.
"""

from collections.abc import Callable
from decimal import Decimal

import duckdb
import pandas as pd
import pytest

import jobmaal
from jobmaal.readers.push import Target, push
from jobmaal.releases.catalogue import WAREHOUSE
from tests.conftest import Published, environment
from tests.helpers.postgres import postgres
from tests.helpers.superset import Superset, ask_theme_by_account, superset, superset_ready
from tests.helpers.warehouse import PLAN_2007, THEME_BY_ACCOUNT

__all__ = ["superset", "superset_ready"]

Answer = dict[tuple[str, str], Decimal]
_SQL = f"""
    select facts.theme_name, accounts.account_name, sum(facts.amount_dkk)
    from {{schema}}fct_budget as facts
    inner join {{schema}}dim_account as accounts on facts.account_key = accounts.account_key
    where facts.document_id = '{PLAN_2007}'
    group by facts.theme_name, accounts.account_name
"""


def of_frames(read: Callable[[str], pd.DataFrame]) -> Answer:
    """Answer from two tables as pandas reads them, whether keys and amounts are numbers or texts."""
    facts, accounts = (read(table).astype({"account_key": str}) for table in ("fct_budget", "dim_account"))
    joined = facts[facts["document_id"] == PLAN_2007].merge(accounts, on="account_key")
    amounts = joined["amount_dkk"].map(lambda amount: Decimal(str(amount).replace(",", ".")))
    return dict(amounts.groupby([joined["theme_name"], joined["account_name"]]).sum().items())


def of_duckdb(published: Published) -> Answer:
    with duckdb.connect(str(published.folder / WAREHOUSE), read_only=True) as database:
        return {(theme, account): amount for theme, account, amount in database.sql(_SQL.format(schema="")).fetchall()}


def of_postgres(published: Published) -> Answer:
    with postgres() as server:
        server.administer("create role jobmaal_reader nologin")
        push(published.layout, Target(server.url))
        return {(theme, account): amount for theme, account, amount in server.ask(_SQL.format(schema="jobmaal."))}


def of_pandas(published: Published) -> Answer:
    with environment(published.layout):
        return of_frames(jobmaal.table)


@pytest.mark.slow
def test_each_theme_of_2007_set_the_same_aside_wherever_it_is_asked(published: Published, superset: Superset) -> None:
    folder = published.folder
    answers = {
        "DuckDB": of_duckdb(published),
        "Superset": ask_theme_by_account(superset),
        "PostgreSQL": of_postgres(published),
        "workbook": of_frames(lambda name: pd.read_excel(folder / "jobmaal.xlsx", sheet_name=name, dtype=str)),
        "CSV": of_frames(lambda name: pd.read_csv(folder / "csv" / f"{name}.csv", sep=";", dtype=str)),
        "pandas": of_pandas(published),
        "Parquet": of_frames(lambda name: pd.read_parquet(folder / "parquet" / f"{name}.parquet")),
    }
    printed = {key: Decimal(amount) * 1_000_000 for key, amount in THEME_BY_ACCOUNT.items()}
    assert sum(printed.values()) == Decimal("42.5") * 1_000_000
    for name, answer in answers.items():
        assert answer == printed, name
