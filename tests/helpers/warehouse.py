"""What the shipped input results in: the tables of contract 1, the known faults, the ambiguous claims; by eye.

Belongs here: what tests of several folders compare a release with. Does not: assertions.
"""

from pathlib import Path

import yaml

PLAN_2007 = "plads_til_alle_2007"
POOL_2007 = "jobkonsulentpulje_2007"
PLAN_2009 = "integrationsaftale_2009"
PLAN_2010 = "udmoentningsplan_2010"
PLAN_2018 = "beskaeftigelsesplan_2018"

#: The columns of each table that contract 1 promises.
PROMISED: dict[str, str] = yaml.safe_load(Path(__file__).with_name("promised.yml").read_text(encoding="utf-8"))

#: Stated, computed and residual of every place where a document does not agree with itself.
FAULTS = {
    # "I alt" 2,0 and 1,0 mio. kr. beside account cells of 1,5 each.
    f"{PLAN_2007}:t.varslingssystem.ialt:lines": (2_000_000, 1_500_000, 500_000),
    f"{PLAN_2007}:t.deltidsbeskaeftigelse.ialt:lines": (1_000_000, 1_500_000, -500_000),
    # A draft of "05.09.2006" with "August 2006" on its front page; six areas in chapter 2, five listed in chapter 1.
    f"{PLAN_2007}:udkast-dato": (20_060_905, 20_060_831, 74),
    f"{PLAN_2007}:indsatsomraader-list": (6, 5, 1),
    # 252 newly unemployed, of whom 163 + 42 + 42.
    f"{PLAN_2009}:1.1.group-parts": (252, 247, 5),
    # 66,4 beside 5,9 + 6,0 + 5,0 + 10,0 + 6,0 + 6,0 + 1,0 + 10,0 + 0,5.
    f"{PLAN_2010}:t.agreement:lines": (66_400_000, 50_400_000, 16_000_000),
    # 1500 courses of 5 weeks at 700 kr.
    f"{PLAN_2010}:c.1.4.price": (5_500_000, 5_250_000, 250_000),
}

#: The same of each sentence that contradicts another in one reading and agrees with it in another.
AMBIGUOUS = {
    # "4 initiativer", of which the annex lists two of one area and two of the other that it joins to it.
    f"{PLAN_2007}:initiatives-5": (4, 2, 2),
    # "op til 100" beside "mindst 80": a ceiling and a floor; "samtlige" beside "90 pct.": whom it is for, and a goal.
    f"{PLAN_2007}:mentor-title": (100, 80, 20),
    f"{PLAN_2007}:jobplan-samtlige": (100, 90, 10),
    # "6 udsatte boligområder" in 2.2, "5" in 2.4: two projects.
    f"{POOL_2007}:2.2.boligomraader.2.4": (6, 5, 1),
    # "100 nye praktikpladser" beside 100 within and 50 with companies; a pool for 50 of the 100 within.
    f"{PLAN_2010}:c.2.3.places": (100, 150, -50),
    f"{PLAN_2010}:c.2.3.internal": (100, 50, 50),
    # 10 families in the group, 30 in the courses; a trial of three years in 2010-2011.
    f"{PLAN_2010}:c.2.5.group": (10, 30, -20),
    f"{PLAN_2010}:c.2.5.trial": (3, 2, 1),
    # 90 mio. kr. said to be three times something: not the 60 of the year before.
    f"{PLAN_2018}:c.tredobles": (90_000_000, 180_000_000, -90_000_000),
    # 120 mio. kr. "fra 2016 til 2019" beside 60, 90 and 120 in the years of it: a sum, or the last level.
    f"{PLAN_2018}:c.virksomhedsrettet.2016-2019": (120_000_000, 270_000_000, -150_000_000),
    # "De fem mål" after "otte konkrete mål": headings, and what is under them.
    f"{PLAN_2018}:c.fem-maal-otte-maal": (5, 8, -3),
    # A "klynge" of 30 and one of six: one for each benefit.
    f"{PLAN_2018}:c.klynge.4.3-4.4": (30, 6, 24),
}


#: The table with the time and the input of a build.
OF_THE_BUILD = "audit_build.parquet"


def parquet_of(folder: Path) -> dict[str, bytes]:
    """Return the bytes of a release's Parquet files, except what is of the build."""
    root = folder / "parquet"
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*.parquet") if p.name != OF_THE_BUILD}


#: What each theme of the agreement for 2007 set aside, as it is printed: in mio. kr.
THEME_BY_ACCOUNT = {
    ("Beskæftigelses via forbedret dansk", "Integration"): "5.0",
    ("Fokus på boligområder med høj ledighed", "Administration"): "4.5",
    ("Fokus på boligområder med høj ledighed", "Indsats"): "2.5",
    ("Kompetencer og IT skal være i orden", "Administration"): "13.5",
    ("Modvirke isolation og fattigdom", "Administration"): "5.0",
    ("Modvirke isolation og fattigdom", "Indsats"): "7.0",
    ("Unge skal have en uddannelse", "Administration"): "2.6",
    ("Unge skal have en uddannelse", "Indsats"): "2.4",
}
