# Two commands for everybody: `make demo` and `make test`. Each sets up what it needs.

PYTHON ?= python3
BIN := .venv/bin
DEMO_PACKAGES := softhsm2
BENCH_PACKAGES := $(DEMO_PACKAGES) poppler-utils
TEST_PACKAGES := $(DEMO_PACKAGES) chrony curl mupdf-tools openssl poppler-utils postgresql qpdf systemd

.PHONY: demo demo-stop test lint docs examples fuzz bench soak chaos bundle lock clean

demo: .venv/ready-runtime
	@sh softhsm/system-packages.sh $(DEMO_PACKAGES)
	$(BIN)/python -m softhsm.demo

demo-stop:
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m softhsm.demo --stop; fi

test: .venv/ready-dev
	@sh softhsm/system-packages.sh $(TEST_PACKAGES)
	$(MAKE) --no-print-directory lint
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: .venv/ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The pages that are made of the source; tests hold them against it.
docs: .venv/ready-dev
	$(BIN)/python -m signer.web.roles > docs/roles.md
	$(BIN)/python -m signer.web.errors_page > docs/errors.md

# The answers that the OpenAPI document shows, from a run over the samples.
examples: .venv/ready-dev
	@sh softhsm/system-packages.sh $(TEST_PACKAGES)
	ANTIN_EXAMPLES=write $(BIN)/python -m pytest -q tests/integration/test_api_examples.py

# By hand, minutes: what strange requests find that nobody thought of.
fuzz: .venv/ready-dev
	@sh softhsm/system-packages.sh $(TEST_PACKAGES)
	ANTIN_FUZZ_SECONDS=600 $(BIN)/python -m pytest -q -s tests/integration/test_api_schemathesis.py -k long

bench: .venv/ready-dev
	@sh softhsm/system-packages.sh $(BENCH_PACKAGES)
	$(BIN)/python -m tests.bench
	$(BIN)/python -m tests.bench.http
	$(BIN)/python -m tests.bench.flat

# By hand, some minutes: 50,000 requests, and what the workers' memory does meanwhile.
soak: .venv/ready-dev
	@sh softhsm/system-packages.sh $(DEMO_PACKAGES)
	$(BIN)/python -m tests.bench.http.soak

# One tar with every wheel, for machines without internet: dist/antin-<version>-bundle.tar.
bundle: .venv/ready-runtime
	@PYTHON=$(BIN)/python sh .ci/bundle.sh dist

# By hand: real processes are killed at every step of the work, over both databases, and the store is judged.
chaos: .venv/ready-dev
	@sh softhsm/system-packages.sh $(TEST_PACKAGES)
	$(BIN)/python -m tests.chaos --rounds 2000

# Locks with hashes and without download addresses; needs uv.
lock:
	uv pip compile -q --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra build pyproject.toml -o requirements.txt
	uv pip compile -q --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra build --extra dev pyproject.toml -o requirements-dev.txt

clean:
	rm -rf .venv var dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis *.egg-info

.venv/ready-%: requirements.txt requirements-dev.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing Python packages into .venv (hashes checked) ..."
	@$(BIN)/pip install -q --disable-pip-version-check --only-binary :all: --require-hashes \
	    -r $(if $(filter dev,$*),requirements-dev.txt,requirements.txt)
	@$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@ .venv/ready-runtime
