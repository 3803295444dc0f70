"""The column `expression` of a claim: which arithmetic may stand there, and what it comes to.

Belongs here: reading `b.1 + b.2 - b.3` and working it out for given values. Does not: what a figure is worth
(`documents.figures`) and whether a claim holds (`documents.reconcile`).

Python's own parser decides what is computed first, so `*` and `/` go before `+` and `-`, and brackets before both. An
operand is a figure's id, `<document_id>:<figure_id>` of another document, or a whole number. Ids have hyphens, so there
is a space on both sides of each sign.
"""

import ast
import functools
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

_TOKEN_RE = re.compile(r"[()]|[^\s()]+")
_FIGURE_RE = re.compile(r"(?:[a-z0-9][a-z0-9._-]*:)?[a-z0-9][a-z0-9._-]*")
_CONSTANT_RE = re.compile(r"-?[0-9]{1,9}")
_SIGNS = frozenset("()+-*/")
_OPERATIONS: dict[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip
_NODES = (ast.BinOp, ast.Name, ast.expr_context, *_OPERATIONS)
_MOST_TOKENS = 500
#: The warehouse keeps values in DECIMAL(18, 4).
TOO_LARGE = Decimal(10) ** 14


class ExpressionError(ValueError):
    """A text that is no expression. The message says what is wrong with it."""


@dataclass(frozen=True)
class Expression:
    """An expression that was read. `operands` are the ids and numbers in it, in order."""

    operands: tuple[str, ...]
    _tree: ast.expr

    @property
    def is_sum(self) -> bool:
        """Whether its operands are added and subtracted, and nothing else."""
        return not any(isinstance(node, ast.Mult | ast.Div) for node in ast.walk(self._tree))

    def evaluate(self, value_of: Callable[[str], Decimal]) -> Decimal:
        """Return what it comes to with these values. Raises ArithmeticError; OverflowError of what is too large."""

        def worked(node: ast.expr) -> Decimal:
            if isinstance(node, ast.BinOp):
                result = _OPERATIONS[type(node.op)](worked(node.left), worked(node.right))
                if abs(result) >= TOO_LARGE:
                    raise OverflowError
                return result
            operand = self.operands[int(node.id[1:])] if isinstance(node, ast.Name) else ""
            return Decimal(operand) if _CONSTANT_RE.fullmatch(operand) else value_of(operand)

        return worked(self._tree)


@functools.cache
def parse(text: str) -> Expression:
    """Return the expression that a text is. Raises ExpressionError."""
    tokens = _TOKEN_RE.findall(text)
    if len(tokens) > _MOST_TOKENS:
        raise ExpressionError(f"has more than {_MOST_TOKENS} operands and signs; compute a part of it as another claim")
    operands = tuple(token for token in tokens if token not in _SIGNS)
    for operand in operands:
        if not _CONSTANT_RE.fullmatch(operand) and not _FIGURE_RE.fullmatch(operand):
            rule = f"has '{operand}', which is no figure's id, no whole number and none of the signs + - * / ( )"
            raise ExpressionError(rule + "; put a space on both sides of a sign")
    names = (f"_{at}" for at in range(len(operands)))
    try:
        tree = ast.parse(" ".join(token if token in _SIGNS else next(names) for token in tokens), mode="eval").body
    except SyntaxError:
        tree = None
    if tree is None or not all(isinstance(node, _NODES) for node in ast.walk(tree)):
        raise ExpressionError("is no arithmetic: write figures and whole numbers with signs between them (b.1 + b.2)")
    return Expression(operands, tree)


def expression_problem(text: str) -> str | None:
    """Return what is wrong with an expression, or None."""
    try:
        parse(text)
    except ExpressionError as error:
        return str(error)
    return None


def figure_ids(text: str) -> list[str]:
    """Return the ids of the figures in a text, in order; none where it is no expression."""
    operands = () if expression_problem(text) else parse(text).operands
    return [operand for operand in operands if not _CONSTANT_RE.fullmatch(operand)]
