"""The secrets of the environment: which variables hold one, how one may be written, and masking it in a text.

Belongs here: what counts as a secret, and its forms. Does not: what is shown of a text otherwise (`errors.printable`),
nor what is kept of a response (`jobindsats`).
"""

import base64
import json
import os
import re
from functools import lru_cache
from urllib.parse import quote, quote_plus, unquote

MASK = "(secret)"
#: Minimum length of what is masked, and of what is in a response by no chance.
_SHORTEST, _TELLING_LENGTH = 6, 12
#: Variables that hold a secret by their name. Of every other one that is an address, the password is a secret.
_NAME_RE = re.compile(
    r"(?:^|_)(?:TOKEN|PASSWORD|PASSWD|PASS|SECRET|CREDENTIALS?|APIKEY|(?:API|ACCESS|SECRET|PRIVATE|ENCRYPTION)_KEY)"
    r"(?:_|$)|^PGPASSWORD$|^JOBMAAL_(?:ALERT|HEARTBEAT)_URL$",
    re.IGNORECASE,
)
_PASSWORD_RE = re.compile(r"(?:^|[/,\s])[^:/@,\s]*:([^/@\s]+)@")
_ESCAPE_RE = re.compile(r"%[0-9A-F]{2}")


def masked(text: str) -> str:
    """Return a text with every secret of the environment masked, in whatever form it is written there."""
    for secret in _secrets(tuple(os.environ.items())):
        for form in text_forms(secret):
            text = text.replace(form, MASK)
    return text


def variable_in(content: bytes) -> str | None:
    """Return the variable whose secret is in a content, in whatever form; None where none is.

    A short one is in it by chance, as far as anybody can know.
    """
    return next(
        (
            variable
            for secret, variable in _secrets(tuple(os.environ.items())).items()
            if len(secret) >= _TELLING_LENGTH and any(form in content for form in forms(secret))
        ),
        None,
    )


@lru_cache(maxsize=64)
def forms(secret: str) -> tuple[bytes, ...]:
    """Return the ways in which a file or a response may have a secret: those of a text, and two bytes a character."""
    texts = [form.encode() for form in text_forms(secret)]
    return (*texts, secret.encode("utf-16-le", "replace"), secret.encode("utf-16-be", "replace"))


@lru_cache(maxsize=64)
def text_forms(secret: str) -> tuple[str, ...]:
    """Return the ways in which a text may have a secret: as it is, in an address, in JSON, in hexadecimal, in base64.

    Base64 makes four characters of three bytes, so it writes a secret behind other text in three ways.
    """
    plain = secret.encode("utf-8", "replace")
    in_json = [json.dumps(secret, ensure_ascii=is_ascii)[1:-1] for is_ascii in (True, False)]
    in_address = [quote(plain, safe=""), quote_plus(plain)]
    found = [secret, *in_json, *(text.replace("/", "\\/") for text in in_json), *in_address]
    # Either case may be used after the percent sign.
    found += [_ESCAPE_RE.sub(lambda escape: escape[0].lower(), text) for text in in_address]
    if len(plain) >= _TELLING_LENGTH:
        found += [plain.hex(), plain.hex().upper()]
        for before in range(3):
            # At its edges is what is also of the text around it.
            whole = base64.b64encode(b"\0" * before + plain)[(0, 2, 3)[before] : -4].decode()
            found += [whole, whole.translate(str.maketrans("+/", "-_"))]
    # A form that is part of another is replaced after it.
    return tuple(sorted({form.encode("utf-8", "replace").decode() for form in found}, key=len, reverse=True))


@lru_cache(maxsize=1)
def _secrets(environment: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Return the secrets of an environment, the longest first, with the variable that each is of."""
    found: dict[str, str] = {}
    for variable, value in environment:
        values = [value.strip()] if _NAME_RE.search(variable) else []
        if "@" in value:
            values += [part for password in _PASSWORD_RE.findall(value) for part in (password, unquote(password))]
        found |= {secret: variable for secret in values if len(secret) >= _SHORTEST}
    return dict(sorted(found.items(), key=lambda item: -len(item[0])))
