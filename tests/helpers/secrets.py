"""The secrets that every process of the tests is started with, and finding them wherever they may have got to.

Belongs here: the secrets, the forms in which one may be written, and looking for them in folders and in messages.
Does not: any assertion. A further secret is a line of SECRETS.
"""

import base64
import gzip
import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import duckdb

#: With characters that are written otherwise in an address and in JSON.
TOKEN = "marked-t0ken+of/the=tests~4711"
PASSWORD = "marked-passw0rd-of-the-tests"
#: What is in the environment of every command, and must stay there.
SECRETS = {
    "JOBINDSATS_TOKEN": TOKEN,
    "HTTPS_PROXY": f"http://somebody:{PASSWORD}@127.0.0.1:9",
}
MARKERS = (TOKEN, PASSWORD)


def forms(secret: str) -> dict[str, bytes]:
    """Return the ways in which a secret may be written, by name."""
    plain = secret.encode()
    found = {
        "as it is": plain,
        "in an address": quote(secret, safe="").encode(),
        "in a form": quote_plus(secret).encode(),
        "in JSON": json.dumps(secret)[1:-1].replace("/", "\\/").encode(),
        "in hexadecimal": plain.hex().encode(),
        "in two bytes a character": secret.encode("utf-16-le"),
    }
    for before in range(3):
        # Three bytes make four characters, so that there are three ways; those at the edges hold something else too.
        encoded = base64.b64encode(b"\0" * before + plain)
        found[f"in base64, {before}"] = encoded[-(-before * 8 // 6) : len(encoded) // 4 * 4 - 4]
        found[f"in base64 for an address, {before}"] = found[f"in base64, {before}"].translate(
            bytes.maketrans(b"+/", b"-_")
        )
    return found


def search(places: Iterable[Path | str | bytes], markers: Iterable[str] = MARKERS) -> list[str]:
    """Look for secrets in every file beneath folders (packed ones and databases too) and in texts.

    Returns where each was found and in which form, never the secret itself.
    """
    wanted = [
        (f"secret {number} {name}", form) for number, m in enumerate(markers, 1) for name, form in forms(m).items()
    ]
    return [
        f"{name}: {form}"
        for place in places
        for name, content in _contents(place)
        for form, written in wanted
        if written in content
    ]


def _contents(place: Path | str | bytes) -> Iterator[tuple[str, bytes]]:
    """Yield all that can be read, with a name for it."""
    if isinstance(place, str | bytes):
        yield "a message", place.encode() if isinstance(place, str) else place
        return
    seen: set[bytes] = set()
    for path in [place] if place.is_file() else sorted(place.rglob("*")):
        yield "a name", str(path.relative_to(place)).encode()
        content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        # The warehouse is there twice.
        if content and content not in seen:
            seen.add(content)
            yield str(path), content
            yield from ((str(path), unpacked) for unpacked in _unpacked(path, content))


def _unpacked(path: Path, content: bytes) -> Iterator[bytes]:
    """Yield the packed contents, which a search of the bytes alone would miss."""
    if content[:2] == b"\x1f\x8b":
        yield gzip.decompress(content)
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            yield from map(packed.read, packed.namelist())
    elif content[8:12] == b"DUCK":
        yield from _cells(path)
    elif content[:1] == b"\x78":
        # Dagster packs some of what it keeps.
        try:
            yield zlib.decompress(content)
        except zlib.error:
            return


def _cells(path: Path) -> Iterator[bytes]:
    """Yield every different text of every column: columns are stored packed. The Parquet files hold the same ones."""
    with duckdb.connect(str(path), read_only=True) as database:
        # A view holds nothing of its own.
        query = """
            select schema_name, table_name, column_name from duckdb_columns()
            semi join duckdb_tables() using (database_oid, table_oid) where data_type = 'VARCHAR' and not internal
        """
        for schema, table, column in database.execute(query).fetchall():
            name = f'"{schema}"."{table}"'
            rows = database.execute(f'select distinct "{column}" from {name} where "{column}" is not null').fetchall()
            yield "\n".join(row[0] for row in rows).encode()
