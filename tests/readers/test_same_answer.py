"""The same question has the same answer wherever it is asked.

Belongs here: what each theme of the agreement for 2007 set aside, and on which account, asked of every way in to a
release. Does not: what else each of them answers.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import openpyxl
import pandas as pd
import pytest

import jobmaal
from jobmaal.readers.push import Target, push
from tests.conftest import Published, environment
from tests.helpers.postgres import Postgres, postgres
from tests.helpers.superset import (
    THEME_BY_ACCOUNT,
    Superset,
    ask_theme_by_account,
    superset,
    superset_ready,
)

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["superset", "superset_ready"]

Answer = dict[tuple[str, str], Decimal]
AGREEMENT = "plads_til_alle_2007"
MILLION = 1_000_000
_SQL = """
    select facts.theme_name, accounts.account_name, sum(facts.amount_dkk)
    from {schema}fct_budget as facts
    inner join {schema}dim_account as accounts on facts.account_key = accounts.account_key
    where facts.document_id = 'plads_til_alle_2007'
    group by facts.theme_name, accounts.account_name
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """Start PostgreSQL, with the role that may read."""
    with postgres() as started:
        started.administer("create role jobmaal_reader nologin")
        yield started


def of_rows(facts: list[Mapping[str, Any]], accounts: list[Mapping[str, Any]]) -> Answer:
    """Answer from the rows of two tables, whose keys are texts."""
    names = {str(row["account_key"]): row["account_name"] for row in accounts}
    found: Answer = {}
    for row in facts:
        if row["document_id"] == AGREEMENT:
            key = (row["theme_name"], names[str(row["account_key"])])
            found[key] = found.get(key, Decimal(0)) + Decimal(str(row["amount_dkk"]))
    return found


def of_duckdb(folder: Path) -> Answer:
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as database:
        return {(theme, account): amount for theme, account, amount in database.sql(_SQL.format(schema="")).fetchall()}


def of_postgres(published: Published, server: Postgres) -> Answer:
    push(published.layout, Target(server.url))
    return {(str(t), str(a)): Decimal(str(amount)) for t, a, amount in server.ask(_SQL.format(schema="jobmaal."))}


def of_workbook(folder: Path) -> Answer:
    book = openpyxl.load_workbook(folder / "jobmaal.xlsx", read_only=True)

    def rows(sheet: str) -> list[Mapping[str, Any]]:
        head, *values = book[sheet].iter_rows(values_only=True)
        return [dict(zip(map(str, head), row, strict=False)) for row in values]

    return of_rows(rows("fct_budget"), rows("dim_account"))


def of_csv(folder: Path) -> Answer:
    def rows(table: str) -> list[Mapping[str, Any]]:
        with (folder / "csv" / f"{table}.csv").open(encoding="utf-8-sig", newline="") as file:
            return [
                {**row, "amount_dkk": row.get("amount_dkk", "").replace(",", ".")}
                for row in csv.DictReader(file, delimiter=";")
            ]

    return of_rows(rows("fct_budget"), rows("dim_account"))


def of_pandas(published: Published) -> Answer:
    with environment(published.layout):
        facts, accounts = jobmaal.table("fct_budget"), jobmaal.table("dim_account")
    joined = facts[facts["document_id"] == AGREEMENT].merge(accounts, on="account_key")
    return joined.groupby(["theme_name", "account_name"])["amount_dkk"].sum().to_dict()


def of_parquet(folder: Path) -> Answer:
    facts, accounts = (
        pd.read_parquet(folder / "parquet" / f"{name}.parquet") for name in ("fct_budget", "dim_account")
    )
    joined = facts[facts["document_id"] == AGREEMENT].merge(accounts, on="account_key")
    return joined.groupby(["theme_name", "account_name"])["amount_dkk"].sum().to_dict()


@pytest.mark.slow
def test_each_theme_of_2007_set_the_same_aside_wherever_it_is_asked(
    published: Published, server: Postgres, superset: Superset
) -> None:
    folder = published.folder
    answers = {
        "DuckDB": of_duckdb(folder),
        "Superset": ask_theme_by_account(superset),
        "PostgreSQL": of_postgres(published, server),
        "workbook": of_workbook(folder),
        "CSV": of_csv(folder),
        "pandas": of_pandas(published),
        "Parquet": of_parquet(folder),
    }
    printed = {key: Decimal(amount) * MILLION for key, amount in THEME_BY_ACCOUNT.items()}
    assert sum(printed.values()) == Decimal("42.5") * MILLION
    for name, answer in answers.items():
        assert answer == printed, name
