# Everything a newcomer needs: make run, make test. See README.md.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check
PORT   ?= 8000
RESET  ?=
TESTS  ?= tests
ONLY   ?=
export PORT

.PHONY: run test faults bench lint check lock

# Install once; again when the lock changes.
$(VENV)/.installed: requirements.lock setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

# Start everything on this machine: PostgreSQL, Valkey, web, workers, scheduler. RESET=1 starts anew.
run: $(VENV)/.installed
	@exec $(BIN)/backoffice up $(if $(RESET),--reset,)

# Bytecode is kept whatever the shell says: else each worker and each process of the tests compiles all of it anew.
test faults: export PYTHONDONTWRITEBYTECODE :=

# Every test, on a PostgreSQL and a Valkey of its own. A fourth process would cost more than it brings on two cores: each
# reads all tests and has browsers of its own.
test: $(VENV)/.installed
	$(BIN)/python -m pytest -n 3 --dist worksteal -rs $(TESTS)

# Killed workers, lost queues, restarted databases, gateways out for hours: FAULT_ROUNDS of each (one in make test).
faults: $(VENV)/.installed
	FAULT_ROUNDS=$(or $(FAULT_ROUNDS),20) $(BIN)/python -m pytest -n 2 --dist worksteal -rs tests/faults

# Speed, as ratios against limits measured in the same run; ONLY=lookup measures one row, BENCH_DIR=… keeps the data.
bench: $(VENV)/.installed
	@$(BIN)/python -m tests.bench $(ONLY)

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint --lint --quiet --profile=jinja --ignore J018 --extend-exclude templates/messages templates

# Lint, types, the import contract, and models against migrations.
check: lint
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m backoffice.cli db check

# Renew the hashed lock file (needs uv).
lock:
	uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --custom-compile-command "make lock" \
	  --extra embedded --extra s3 --extra test --extra lint --extra build setup.cfg -o requirements.lock
