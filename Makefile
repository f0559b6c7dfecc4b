# The commands of this project; `make help` lists them. Only Python 3.11 and make are needed to begin.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMPS := .make
# A file's tests run in one process, which makes what they share once (a centre, a browser, a world).
TESTS := $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help install provider training demo test fix lint types imports unit coverage e2e bench docs assets system lock clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' \
	  || { echo "Turnpike needs Python 3.11; set PYTHON=/path/to/python3.11."; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The run-time set first; the development set holds it whole, so going from one to the other only adds.
$(STAMPS)/runtime: requirements.lock pyproject.toml | $(BIN)/python
	@mkdir -p $(STAMPS)
	@test -f $(STAMPS)/dev || { echo "Installing Turnpike from requirements.lock …"; \
	  $(BIN)/pip install --quiet --require-hashes -r requirements.lock; }
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(STAMPS)/dev: requirements-dev.lock pyproject.toml | $(BIN)/python
	@mkdir -p $(STAMPS)
	@echo "Installing Turnpike and its tools from requirements-dev.lock …"
	$(BIN)/pip install --quiet --require-hashes -r requirements-dev.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@ $(STAMPS)/runtime

install: $(STAMPS)/dev assets ## make .venv with everything for development

assets: $(STAMPS)/runtime ## build the pages' style sheets and scripts
	@$(BIN)/python scripts/build_assets.py

# Without it the tests of signing in by a provider are skipped and say so; everything else needs no npm package at run time.
provider: $(STAMPS)/dev ## fetch the OpenID Connect provider that the tests sign in by (npm)
	@cmp -s tests/oidc/package-lock.json $(STAMPS)/provider \
	  || { (cd tests/oidc && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --no-progress >/dev/null) && cp tests/oidc/package-lock.json $(STAMPS)/provider; } \
	  || echo "npm could not install tests/oidc/package-lock.json: the tests of signing in by a provider will be skipped."

training: $(STAMPS)/dev ## add what training the models needs (PyTorch, about 1 GB)
	timeout 300 $(BIN)/pip install --quiet torch==2.13.0 "onnx>=1.19"

demo: assets ## the main job from nothing: a town, its cameras, an alert, and the site on loopback
	@exec $(BIN)/turnpike demo

system: ## install what the tests use from Debian (Chromium, an RTSP server, strace)
	@sh scripts/system-packages

test: system $(STAMPS)/dev assets provider lint types imports unit ## install, check and test everything

lint: $(STAMPS)/dev ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMPS)/dev ## mypy, strict
	$(BIN)/mypy

imports: $(STAMPS)/dev ## the layers and doors of docs/architecture.md
	$(BIN)/lint-imports --no-logo

unit: $(STAMPS)/dev assets provider
	$(TESTS)
	@echo "Which lines no test reaches: make coverage (docs/adr/0009-coverage-is-measured-apart.md)."

coverage: $(STAMPS)/dev assets provider ## the tests again, telling the lines that none reaches
	$(TESTS) --cov --cov-report=term:skip-covered

e2e: $(STAMPS)/dev assets provider ## only the tests in a real browser
	$(BIN)/pytest -m browser

fix: $(STAMPS)/dev ## mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(STAMPS)/runtime ## measure recognition on this machine
	$(BIN)/turnpike bench recognition --json

docs: $(STAMPS)/dev ## check that the documents and the code agree
	$(BIN)/pytest -q tests/contract

lock: ## make the locks anew (needs uv)
	for extra in "" "-dev"; do \
	  uv pip compile --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-header \
	    --no-annotate --quiet --extra build $${extra:+--extra dev} pyproject.toml -o requirements$$extra.lock; \
	done

clean: ## remove what was built; the demo's world under var/ stays
	rm -rf $(VENV) $(STAMPS) frontend/node_modules tests/oidc/node_modules src/turnpike/web/static
