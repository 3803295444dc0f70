"""docs/questions.md: each question is asked of the release, and the answer is the one on the page.

Belongs here: the comparison, and that it can fail. Does not: reading the page (`questions`).
"""

import pytest

import jobmaal
from tests.conftest import Published, PublishedSeries, environment
from tests.helpers.questions import PAGE, Question, answered, ask, questions

_PAGE = PAGE.read_text(encoding="utf-8")
_QUESTIONS = questions(_PAGE)
_ANSWERED = [pytest.param(question, id=f"{question.number}") for question in _QUESTIONS if not question.columns]
_OF_SERIES = [pytest.param(question, id=f"{question.number}") for question in _QUESTIONS if question.columns]


@pytest.mark.parametrize("question", _ANSWERED)
def test_the_release_answers_as_the_page_says(question: Question, published: Published) -> None:
    assert ask(published.folder, question.query) == question.answer


@pytest.mark.parametrize("question", _OF_SERIES)
def test_a_question_on_series_has_rows_with_series_and_none_without(
    question: Question, published: Published, with_series: PublishedSeries
) -> None:
    for release, has_rows in ((published, False), (with_series, True)):
        with environment(release.layout), jobmaal.open() as database:
            answer = database.sql(question.query)
            assert tuple(answer.columns) == question.columns
            assert (answer.fetchone() is not None) == has_rows


def test_every_section_of_the_page_is_a_question_that_is_asked() -> None:
    assert [question.number for question in _QUESTIONS] == list(range(1, _PAGE.count("\n## ") + 1))
    assert _PAGE.count("```sql") == len(_QUESTIONS)
    assert all(bool(question.answer) != bool(question.columns) for question in _QUESTIONS)
    assert len(_ANSWERED) >= 14


def test_writing_the_answers_anew_changes_nothing_but_answers() -> None:
    by_number = {question.number: question.answer for question in _QUESTIONS}
    assert answered(_PAGE, lambda question: by_number[question.number]) == _PAGE
    spoilt = answered(_PAGE, lambda _: "| wrong |")
    assert {question.answer for question in questions(spoilt)} == {"| wrong |", ""}
    assert answered(spoilt, lambda question: by_number[question.number]) == _PAGE
