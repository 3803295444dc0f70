"""The command line: what its help teaches, what each command prints, which exit code a failure ends with.

Belongs here: the commands that read a release, and how failures are reported. Does not: faulty input tables
(`test_bad_input`), what a refresh does (`test_refresh`).
"""

import json
import re
from pathlib import Path

import pytest
from click.testing import Result

from jobmaal import __version__
from jobmaal.core.errors import EXIT_BROKE_DOWN, EXIT_FAULTY_INPUT, EXIT_NO_RELEASE
from jobmaal.core.layout import Layout
from jobmaal.releases.catalogue import current_id, manifest_text
from tests.conftest import Published, copy_of, jobmaal, release_folder
from tests.helpers.input import edit, publish_something, run
from tests.helpers.warehouse import AMBIGUOUS, FAULTS

EXIT_DONE, EXIT_WRONG_USAGE = 0, 1
#: Each command, with something that its help has to teach.
COMMANDS = {
    "refresh": "--force",
    "check": "builds nothing",
    "fetch": "JOBINDSATS_TOKEN",
    "land": "table.json",
    "demo": "demo/current",
    "status": "--verify",
    "watch": "JOBMAAL_HEARTBEAT_URL",
    "releases": "newest first",
    "report": "--open",
    "rollback": "BUILD_ID",
    "unpin": "publish again",
    "push": "PGPASSWORD",
    "trace": "plads_til_alle_2007:b.jobpatruljer.adm",
    "serve": "--port",
    "alerts": "--try",
}
#: A figure of the 2007 plan: 3,5 mio. kr., "Jobpatruljer/ 10 nyetablerede jobkonsulenter", on line 445.
FIGURE = "plads_til_alle_2007:b.jobpatruljer.adm"


def output_of(result: Result, exit_code: int) -> str:
    """Return what a command printed, and check that it ended as it should and without a traceback."""
    assert result.exit_code == exit_code, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result.output


@pytest.fixture(scope="module")
def copied(published: Published, tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """Copy the release, for tests that leave it as it is."""
    return copy_of(published.layout, tmp_path_factory.mktemp("cli"))


@pytest.fixture
def nothing(tmp_path: Path) -> Layout:
    """Return a data folder that nothing was published in."""
    return Layout(tmp_path / "seeds", tmp_path / "data")


# --- help -----------------------------------------------------------------------------------------------


def test_the_help_names_every_command_where_to_start_and_every_exit_code(nothing: Layout) -> None:
    output = output_of(run(nothing, "--help"), EXIT_DONE)
    listed = output[output.index("Commands:") :].split("\n\n")[0].splitlines()[1:]
    assert {line.split()[0] for line in listed} == COMMANDS.keys()
    assert "Start here:" in output
    codes = " ".join(output[output.index("Exit codes:") :].split())
    assert [int(code) for code in re.findall(r"(?:: |; )(\d+) ", codes)] == list(range(11))


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_says_what_it_does_and_what_it_takes(nothing: Layout, command: str) -> None:
    output = output_of(run(nothing, command, "--help"), EXIT_DONE)
    assert output == output_of(run(nothing, command, "-h"), EXIT_DONE)
    usage, description = output.split("\n\n")[:2]
    assert f" {command} [OPTIONS]" in usage
    assert description.strip()
    assert COMMANDS[command] in output


def test_the_version_is_the_packages(nothing: Layout) -> None:
    assert output_of(run(nothing, "--version"), EXIT_DONE).split() == ["jobmaal,", "version", __version__]


@pytest.mark.parametrize(
    "wrong", [["refrehs"], ["status", "--verfy"], ["trace"], ["trace", "a", "b"], ["serve", "--port", "x"]]
)
def test_wrong_usage_is_told_with_the_way_to_the_help_and_is_not_taken_for_faulty_input(
    nothing: Layout, wrong: list[str]
) -> None:
    done = jobmaal(_with_folders(nothing), *wrong)
    assert done.returncode == EXIT_WRONG_USAGE
    assert "--help" in done.stderr
    assert "Traceback" not in done.stderr


def _with_folders(layout: Layout) -> Layout:
    layout.seeds.mkdir(exist_ok=True)
    return layout


# --- status and releases --------------------------------------------------------------------------------


def test_the_status_says_what_is_published_from_when_and_whether_the_input_has_changed(
    copied: Layout, published: Published
) -> None:
    output = output_of(run(copied, "status"), EXIT_DONE)
    build_id = published.folder.name
    built_at = f"{build_id[:4]}-{build_id[4:6]}-{build_id[6:8]} {build_id[9:11]}:{build_id[11:13]} UTC"
    for part in (build_id, built_at, "contract 1", str(copied.current), "as in the release", "not held back"):
        assert part in output
    assert "Files" not in output


def test_the_status_for_programs_is_json_with_the_same_facts(copied: Layout, published: Published) -> None:
    found = json.loads(output_of(run(copied, "status", "--json"), EXIT_DONE))
    manifest = json.loads((published.folder / "manifest.json").read_text(encoding="utf-8"))
    # No earlier than it was built; a test that comes before may have refreshed.
    assert found.pop("refreshed_at") >= manifest["built_at"]
    assert found == {
        "build_id": published.folder.name,
        "failing": {},
        "problems": [],
        "built_at": manifest["built_at"],
        "contract": 1,
        "path": str(copied.current),
        "checks": len(manifest["checks"]),
        "is_input_unchanged": True,
        "unmatched": [],
        "withheld_measures": [],
        "negative_counts": [],
        "pinned": None,
        "damages": None,
        "landing_damages": None,
    }


def test_the_status_names_what_public_outputs_withhold(published: Published, tmp_path: Path) -> None:
    layout = copy_of(published.layout, tmp_path)
    file = release_folder(layout) / "manifest.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    file.chmod(0o644)
    content |= {"withheld_measures": ["y01: Andel af antal"], "negative_counts": ["y01: Antal: 1 below zero"]}
    file.write_text(manifest_text(content), encoding="utf-8")
    printed = output_of(run(layout, "status"), EXIT_DONE)
    assert "WITHHELD   y01: Andel af antal: it may count few persons" in printed
    assert "NEGATIVE   y01: Antal: 1 below zero; suppressed in public outputs" in printed
    assert json.loads(output_of(run(layout, "status", "--json"), EXIT_DONE))["withheld_measures"] == [
        "y01: Andel af antal"
    ]


def test_verifying_a_release_that_is_whole_says_so(copied: Layout) -> None:
    assert "all as published" in output_of(run(copied, "status", "--verify"), EXIT_DONE)
    assert json.loads(output_of(run(copied, "status", "--verify", "--json"), EXIT_DONE))["damages"] == []


def test_verifying_a_damaged_release_names_the_files_and_fails(published: Published, tmp_path: Path) -> None:
    layout = copy_of(published.layout, tmp_path)
    file = release_folder(layout) / "parquet" / "dim_year.parquet"
    file.chmod(0o644)
    file.write_bytes(file.read_bytes()[:-1])
    assert "DAMAGED: parquet/dim_year.parquet" in output_of(run(layout, "status", "--verify"), EXIT_BROKE_DOWN)
    output = output_of(run(layout, "status", "--verify", "--json"), EXIT_BROKE_DOWN)
    assert len(json.loads(output)["damages"]) == 1
    output_of(run(layout, "status"), EXIT_DONE)


def test_the_status_tells_that_the_input_has_changed_since(published: Published, tmp_path: Path) -> None:
    layout = copy_of(published.layout, tmp_path)
    edit(layout.seeds / "shared" / "units.csv", ("unit_id", "jks"), "note", "changed")
    assert "changed since: run jobmaal refresh" in output_of(run(layout, "status"), EXIT_DONE)
    assert not json.loads(output_of(run(layout, "status", "--json"), EXIT_DONE))["is_input_unchanged"]


def test_the_releases_are_listed_with_the_current_one_marked(copied: Layout) -> None:
    assert output_of(run(copied, "releases"), EXIT_DONE) == f"{current_id(copied)}  the first  current\n"


def test_unpinning_where_nothing_is_pinned_says_so(copied: Layout) -> None:
    assert output_of(run(copied, "unpin"), EXIT_DONE) == "Nothing was pinned.\n"


def test_the_command_never_writes_into_the_project_when_given_other_folders(nothing: Layout) -> None:
    output_of(run(nothing, "status"), EXIT_NO_RELEASE)
    assert not nothing.data.exists()


# --- trace ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("figure", "parts"),
    [
        (
            FIGURE,
            ["plads_til_alle_2007: Plads til alle på arbejdsmarkedet", "Bilagstabel 1", "line 445 of the text edition",
             "printed    3,5", "3500000.0000 kr. (exact, reported)", "seeds/plads_til_alle_2007/budget_lines.csv:2",
             "fct_budget (1 row)"],
        ),
        ("integrationsaftale_2009:3.1.goal.jobs", ["60-70", "60.0000 to 70.0000", "range"]),
        ("jobkonsulentpulje_2007:bevilling.aarlig", ["fct_budget (4 rows)"]),
    ],
)  # fmt: skip
def test_tracing_a_figure_leads_to_its_document_its_place_its_text_and_its_uses(
    copied: Layout, figure: str, parts: list[str]
) -> None:
    output = output_of(run(copied, "trace", figure), EXIT_DONE)
    assert output.startswith(figure)
    for part in (*parts, str(current_id(copied))):
        assert part in output


def test_tracing_a_mistyped_figure_suggests_the_one_that_was_meant(copied: Layout) -> None:
    output = output_of(run(copied, "trace", "plads_til_alle_2007:b.jobpatrulje.adm"), EXIT_NO_RELEASE)
    assert "There is no figure 'plads_til_alle_2007:b.jobpatrulje.adm'" in output
    assert output.splitlines()[1].strip() == FIGURE


@pytest.mark.parametrize("reference", ["", "'", "%", "nonsense", "æøå" * 100])
def test_tracing_whatever_is_no_figure_ends_with_suggestions_and_no_traceback(copied: Layout, reference: str) -> None:
    assert "The nearest are:" in output_of(run(copied, "trace", reference), EXIT_NO_RELEASE)


def test_tracing_in_a_damaged_release_ends_without_a_traceback(nothing: Layout) -> None:
    publish_something(nothing)
    assert "is damaged" in output_of(run(nothing, "trace", FIGURE), EXIT_NO_RELEASE)


# --- check ----------------------------------------------------------------------------------------------


def test_check_counts_what_it_checked_and_builds_nothing(copied: Layout) -> None:
    output = output_of(run(Layout(copied.seeds, copied.data.with_name("unused")), "check"), EXIT_DONE)
    assert re.fullmatch(
        r"\d+ files, \d+ rows, \d+ figures: no fault\. "
        rf"\d+ claims: \d+ hold, {len(FAULTS)} are known faults of the documents, {len(AMBIGUOUS)} are ambiguous\.\n",
        output,
    )
    assert not copied.data.with_name("unused").exists()


# --- failures are reported ----------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [["status"], ["releases"], ["trace", FIGURE], ["rollback"]])
def test_without_any_release_a_command_that_needs_one_says_so(nothing: Layout, command: list[str]) -> None:
    assert re.search("Nothing is published|There is no release", output_of(run(nothing, *command), EXIT_NO_RELEASE))


def test_going_back_to_an_unknown_release_names_it_and_how_to_list_them(copied: Layout) -> None:
    output = output_of(run(copied, "rollback", "20200101T000000Z-00000000"), EXIT_NO_RELEASE)
    assert "20200101T000000Z-00000000" in output
    assert "jobmaal releases" in output
    assert not copied.pin.exists()


@pytest.mark.parametrize("command", ["check", "refresh"])
def test_a_missing_folder_of_input_tables_is_named(nothing: Layout, command: str) -> None:
    output = output_of(run(nothing, command), EXIT_FAULTY_INPUT)
    assert str(nothing.seeds) in output
    assert "is no folder" in output
    assert not nothing.releases.exists()


@pytest.mark.parametrize("command", ["refresh", "rollback"])
@pytest.mark.parametrize("where", ["/sys/jobmaal", "{tmp}/file/data"])
def test_a_data_folder_that_cannot_be_written_is_named_without_a_traceback(
    tmp_path: Path, where: str, command: str
) -> None:
    # Nobody can make a folder in either place, root neither.
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "seeds").mkdir()
    data = Path(where.format(tmp=tmp_path))
    assert str(data) in output_of(run(Layout(tmp_path / "seeds", data), command), EXIT_BROKE_DOWN)


def test_the_folders_may_be_given_as_options_or_as_variables(copied: Layout) -> None:
    by_variable = jobmaal(copied, "status", "--json")
    elsewhere = Layout(copied.seeds, copied.seeds)
    by_option = jobmaal(elsewhere, "--data", str(copied.data), "--seeds", str(copied.seeds), "status", "--json")
    assert by_variable.returncode == by_option.returncode == EXIT_DONE
    assert json.loads(by_variable.stdout) == json.loads(by_option.stdout)
