# Two commands do the work: `make refresh` and `make test`. Each sets up what it needs the first time, and nothing after.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Superset has an environment of its own: it wants other versions of what both use.
SUPERSET := bi/superset/.venv
# So has Spark: half a gigabyte that nothing else needs.
SPARK := scale_out/.venv
# What jobmaal is measured beside, each in an environment of its own.
PEERS := dagster_dbt dlt pandas
PEERS_READY := $(PEERS:%=benchmarks/peers/%/.venv/.ready)
PORT ?= 8088

# An environment that forbids bytecode would make every start twice as slow.
unexport PYTHONDONTWRITEBYTECODE
unexport PYTHONPATH
export UV_LINK_MODE := copy
# The machine's own certificates, so that a proxy that the machine trusts is trusted here too.
export UV_SYSTEM_CERTS := 1

.DEFAULT_GOAL := help
.PHONY: help refresh demo test test-slow lint audit serve superset superset-env \
	superset-export spark-env spark-test bench bench-full torture check lock clean

help:  ## what there is to do
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-15s %s\n", $$1, $$2}'

$(VENV)/bin/uv: requirements/uv.lock
	@command -v $(PYTHON) >/dev/null || { echo "jobmaal needs Python 3.11 to 3.13; '$(PYTHON)' was not found. Name another: make PYTHON=python3.12 refresh" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { echo "jobmaal needs Python 3.11 to 3.13; '$(PYTHON)' is another. Name one: make PYTHON=python3.12 refresh" >&2; exit 1; }
	@echo "Setting up $(VENV) (once, about a minute)"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/uv.lock
	@touch $@

$(VENV)/.ready: $(VENV)/bin/uv requirements/main.lock pyproject.toml
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode --requirement requirements/main.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-build-isolation --no-deps --offline --editable .
	@$(BIN)/python -m jobmaal.outputs.report.vega
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready requirements/dev.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode --requirement requirements/dev.lock
	@touch $@

refresh: $(VENV)/.ready  ## load, build, check and publish the warehouse
	@$(BIN)/jobmaal refresh

demo: $(VENV)/.ready  ## a release of its own on made-up series, in data/demo/current
	@$(BIN)/jobmaal demo

check: $(VENV)/.ready  ## check the input tables alone, in seconds
	@$(BIN)/jobmaal check

test: $(VENV)/.ready-dev  ## the test suite, in some minutes
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile -m "not slow and not spark"

test-slow: $(VENV)/.ready-dev  ## the tests that take long: nights, full disks, systemd, PostgreSQL, kills
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile -m "slow and not spark"

lint: $(VENV)/.ready-dev  ## formatting, types, SQL and the dbt project's conventions
	@! git grep -nE '^(<{7}|>{7}) ' || { echo "A merge was committed half done." >&2; exit 1; }
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m tests.lint_dbt

audit: $(VENV)/.ready-dev  ## are the locks whole and installed, and is anything known against what they name?
	@$(BIN)/python -m tests.audit

serve: $(VENV)/.ready  ## refresh every night by itself; the Dagster UI on http://127.0.0.1:3000
	@$(BIN)/jobmaal serve

$(SUPERSET)/.ready: $(VENV)/bin/uv bi/superset/requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' || { echo "Superset needs Python 3.11 or 3.12; '$(PYTHON)' is another. Name one: make PYTHON=python3.12 superset" >&2; exit 1; }
	@echo "Setting up $(SUPERSET) (once, about a minute, 850 MB)"
	@$(BIN)/uv venv --quiet --clear --no-project --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" $(SUPERSET)
	@$(BIN)/uv pip install --quiet --python $(SUPERSET)/bin/python --require-hashes --compile-bytecode --requirement bi/superset/requirements.lock
	@touch $@

superset-env: $(SUPERSET)/.ready

superset: superset-env  ## Superset with the dashboard of the current release, on http://127.0.0.1:8088
	@$(SUPERSET)/bin/python -m bi.superset.serve --port $(PORT)

superset-export: superset-env  ## write what was changed in Superset back into bi/superset
	@$(SUPERSET)/bin/python -m bi.superset.export

$(SPARK)/.ready: $(VENV)/bin/uv scale_out/requirements.lock
	@echo "Setting up $(SPARK) (once, about two minutes, 1 GB)"
	@$(BIN)/uv venv --quiet --clear --no-project --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" $(SPARK)
	@$(BIN)/uv pip install --quiet --python $(SPARK)/bin/python --require-hashes --compile-bytecode --requirement scale_out/requirements.lock
	@touch $@

spark-env: $(SPARK)/.ready

spark-test: $(VENV)/.ready-dev spark-env  ## the series on a Spark cluster on this machine, row for row beside DuckDB; needs Java 17
	@$(BIN)/python -m pytest -m spark

benchmarks/peers/%/.venv/.ready: benchmarks/peers/%/requirements.lock $(VENV)/bin/uv
	@echo "Setting up $(@D) (once)"
	@$(BIN)/uv venv --quiet --clear --no-project --python $(BIN)/python $(@D)
	@$(BIN)/uv pip install --quiet --python $(@D)/bin/python --require-hashes --compile-bytecode --requirement $<
	@touch $@

bench: $(VENV)/.ready-dev $(PEERS_READY)  ## speed beside others, as ratios measured in one run
	@$(BIN)/python -m benchmarks.refresh
	@$(BIN)/python -m benchmarks.series --cells 1000000
	@$(BIN)/python -m benchmarks.series --cells 10000000 --peers
	@$(BIN)/python -m benchmarks.increment --cells 1000000
	@$(BIN)/python -m benchmarks.queries --cells 1000000
	@$(BIN)/python -m benchmarks.readers --cells 1000000
	@$(BIN)/python -m benchmarks.table

bench-full: $(VENV)/.ready-dev $(PEERS_READY)  ## the same up to a hundred million cells; hours, and tens of gigabytes of disk
	@$(BIN)/python -m benchmarks.refresh
	@for cells in 1000000 10000000 100000000; do \
		for what in "series $$([ $$cells = 10000000 ] && echo --peers --usual)" increment queries; do \
			$(BIN)/python -m benchmarks.$$what --cells $$cells || exit 1; \
		done; \
	done
	@$(BIN)/python -m benchmarks.readers --cells 10000000
	@$(BIN)/python -m benchmarks.push
	@$(BIN)/python -m benchmarks.table

torture: test-slow  ## kill refreshes, cut the power and publish under readers, for a long time; nothing may be lost
	@$(BIN)/python -m torture.suppression
	@$(BIN)/python -m torture.histories
	@$(BIN)/python -m torture.planted
	@$(BIN)/python -m torture.kills
	@$(BIN)/python -m torture.powercut
	@$(BIN)/python -m torture.powercut --refreshes --ways 1 --count 20
	@$(BIN)/python -m torture.nights
	@$(BIN)/python -m torture.readers

lock: $(VENV)/bin/uv  ## renew the lock files after a change in pyproject.toml
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header pyproject.toml --output-file requirements/main.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header pyproject.toml --extra dev --constraint requirements/main.lock --output-file requirements/dev.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header bi/superset/requirements.in --output-file bi/superset/requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header scale_out/requirements.in --constraint requirements/main.lock --output-file scale_out/requirements.lock
	@for peer in $(PEERS:%=benchmarks/peers/%); do \
		$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header $$peer/requirements.in --output-file $$peer/requirements.lock; \
	done

clean:  ## remove the environment and everything generated, releases too; landed replies stay
	rm -rf $(VENV) $(SUPERSET) $(SPARK) $(PEERS:%=benchmarks/peers/%/.venv)
	find data -mindepth 1 -maxdepth 1 ! -name README.md ! -name landing -exec rm -rf {} +
