"""JSON that begins with the fingerprint of all that follows, so that a byte that changed later shows.

Belongs here: writing such a text, and reading it. Does not: what the manifest of a release or the sidecar of a response
says.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def text(content: Mapping[str, Any], seal: str) -> str:
    """Return a content as JSON, with its fingerprint under the key `seal` before everything else."""
    rest = {key: value for key, value in content.items() if key != seal}
    sha256 = hashlib.sha256(json.dumps(rest, ensure_ascii=False).encode()).hexdigest()
    return json.dumps({seal: sha256, **rest}, ensure_ascii=False, indent=1)


def read(written: str, seal: str, first_before: str) -> dict[str, Any]:
    """Return the content of a text, without its seal. Raises ValueError where it is no longer what was written.

    Texts from before there was a seal begin with the key `first_before`.
    """
    try:
        content = json.loads(written)
    except RecursionError:
        raise ValueError("too many lists in one another") from None
    if not isinstance(content, dict) or (next(iter(content), "") != first_before and written != text(content, seal)):
        raise ValueError("not what was written")
    content.pop(seal, None)
    return content
