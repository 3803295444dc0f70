"""Whether the documents' numbers agree with each other: every arithmetic claim, its residual, its status.

Belongs here: bringing the claims of all documents together and to their reviewed faults. Does not: which claims there
are (`budget_totals`, `followup_claims`, `written_claims`), what they compute (`claims`), and when a fault is known
(`known_faults`).
"""

from collections import Counter
from collections.abc import Mapping

from jobmaal.core.errors import Fault, FaultyInputError
from jobmaal.documents import budget_totals, followup_claims, written_claims
from jobmaal.documents.claims import Claim
from jobmaal.documents.figures import Figure
from jobmaal.documents.known_faults import judge
from jobmaal.inputs.tables import Input


def evaluate(tables: Input, figures: Mapping[str, Figure]) -> list[Claim]:
    """Return every claim of every document, worked out and judged.

    Raises FaultyInputError where a claim cannot be worked out at all, or where the list of known faults
    names a claim that does not exist.
    """
    judged: list[Claim] = []
    faults: list[Fault] = []
    for document_id in tables.document_ids:
        claims = [*budget_totals.claims(tables, figures, document_id)]
        claims += followup_claims.claims(tables, figures, document_id)
        claims += written_claims.claims(tables, figures, document_id, faults)
        known = {row["claim_id"]: row for row in tables.of("known_faults", document_id)}
        judged += [judge(claim, known.get(claim.local_id)) for claim in claims]
        ids = Counter(claim.local_id for claim in claims)
        faults += [row.fault("claim_id", "is no claim of this document") for i, row in known.items() if i not in ids]
        faults += [
            row.fault("claim_id", "is also the id of a budget's own claim")
            for row in tables.of("claims", document_id)
            if ids[row["claim_id"]] > 1
        ]
    if faults:
        raise FaultyInputError(faults)
    return sorted(judged, key=lambda claim: claim.claim_id)
