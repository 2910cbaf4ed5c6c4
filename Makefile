# `make run` starts the desk beside a simulator of its vendors; `make test` tests it. `make help` lists the rest.

PYTHON ?= python3# any from 3.11 to 3.14; used once, to create .venv
PORT ?= 8000
SANDBOX_PORT ?= 8001
ARGS ?=

python := .venv/bin/python
# Three at once even on two cores: most tests wait now and then, for a browser, a process or a lock.
pytest := $(python) -m pytest -n 3 --dist worksteal
# The bench's PostgreSQL keeps what it is told through a power cut, and has memory for its indexes, as one at work has.
lasting := fsync=on synchronous_commit=on full_page_writes=on shared_buffers=1GB
# What checks need to read the settings: nothing of this machine's own .env.
plain := DEBUG=true DATABASE_URL=sqlite://:memory:
production := DEBUG=false HTTPS=true ALLOW_PRIVATE_HOSTS=false ALLOWED_HOSTS=desk.example.com DATABASE_URL=sqlite://:memory: \
	SECRET_KEY=$$($(python) -c 'import secrets; print(secrets.token_urlsafe(50))') \
	FIELD_ENCRYPTION_KEYS=$$($(python) -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())')

.PHONY: help install run test bench check lint coverage format lock dev browser broker

help: ## list what can be made
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

install: ## create .venv with what the desk needs to run
	@$(PYTHON) requirements/install.py run

run: install ## start the desk, its database and the simulator; PORT= and SANDBOX_PORT= choose other ports
	@$(python) -m config.dotenv
	@exec $(python) manage.py demo --port $(PORT) --sandbox-port $(SANDBOX_PORT)

test: dev browser broker ## run the tests on SQLite and on PostgreSQL; ARGS="-k liner" chooses some
	status=0; $(pytest) $(ARGS) || status=1; \
	$(python) -m tests.postgres -- $(pytest) $(ARGS) || status=1; exit $$status

bench: dev ## measure the desk against floors and peers, on throw-away databases; ARGS="--db postgresql --orders 1000000"
	$(if $(findstring postgresql,$(ARGS)),DEBUG=true $(python) -m tests.postgres $(lasting) --,$(plain)) $(python) manage.py bench $(ARGS)

check: lint test ## everything .ci/run runs

format: dev ## bring code and templates into the form that make check asks for
	$(python) -m ruff check --fix --exit-zero --quiet .
	$(python) -m ruff format .
	find templates -name '*.html' -print0 | xargs -0 .venv/bin/djade --target-version 5.2 || true

lint: dev
	$(python) -m ruff format --check .
	$(python) -m ruff check .
	find templates -name '*.html' -print0 | xargs -0 .venv/bin/djade --check --target-version 5.2
	$(plain) $(python) -m mypy
	.venv/bin/lint-imports
	$(plain) $(python) manage.py check
	$(production) $(python) manage.py check --deploy --fail-level WARNING
	$(plain) $(python) manage.py makemigrations --check --dry-run

coverage: dev browser broker ## say what the tests leave out; fails below the floor that pyproject.toml sets
	$(pytest) --cov --cov-report=term:skip-covered $(ARGS)

lock: ## compile the requirements from pyproject.toml; ARGS=--upgrade renews the pins
	@$(PYTHON) requirements/install.py lock $(ARGS)

dev:
	@$(PYTHON) requirements/install.py dev

browser:
	@$(PYTHON) requirements/install.py browser

broker:
	@$(PYTHON) requirements/install.py broker
