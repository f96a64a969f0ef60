"""`meshmirror demo --fetch`: the named steps that the demo needs beside the installed packages."""

from __future__ import annotations

from realtime.cli.models_fetch import bring
from realtime.cli.output import print_note
from realtime.core.errors import MeshmirrorError, SourceError


def fetch_demo_files() -> None:
    """Run each step that is not done; one that the demo can do without does not stop it.

    Raises what a step raises without which there is no demo.
    """
    from realtime.app.demo_files import demo_files
    from realtime.model.hub import KNOWN

    for number, step in enumerate(demo_files(), start=1):
        if step.there:
            print_note(f"Step {number}, {step.title}: here.")
            continue
        print_note(f"Step {number}, {step.title}{f': {step.about}' if step.about else ' ...'}")
        try:
            if step.wanted:
                bring(KNOWN[step.wanted])
            else:
                step.install()
        except (MeshmirrorError, OSError) as error:
            if step.required:
                raise SourceError(f"The demo cannot run without {step.title}. {error}") from error
            print_note(f"Going on without {step.title}: {error}")
