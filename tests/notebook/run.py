#!/usr/bin/env python3
"""Runs the cells of docs/runner.ipynb in order: `tests/notebook/run.py [--hub] [--save FILE]`.

It needs nbclient and ipykernel (`pip install nbclient ipykernel`). The folder is a new one. Cells with the tag `install`
are left out where `runner` is on the path already; those with the tag `hub`, which fetch 450 MB, without --hub. A shell
command that fails fails the notebook. --save keeps the notebook with its outputs, to look at.
"""

import argparse
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

NOTEBOOK = Path(__file__).resolve().parents[2] / "docs" / "runner.ipynb"

# IPython goes on after a shell command that failed.
CHECK = "\nassert globals().get('_exit_code', 0) == 0, f'a command ended with exit status {_exit_code}'"


def left_out(cell, hub):
    tags = cell.metadata.get("tags", [])
    return ("install" in tags and shutil.which("runner")) or ("hub" in tags and not hub)


def checked(cell):
    """The cell with its commands checked; its last value is still shown."""
    lines = []
    for line in cell.source.split("\n"):
        lines.append(line + CHECK if line.startswith("!") else line)
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--hub", action="store_true", help="run the cells that fetch from the hub, too")
    parser.add_argument("--save", type=Path, help="where the notebook with its outputs goes")
    arguments = parser.parse_args()

    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    if any(cell.get("outputs") for cell in notebook.cells):
        sys.exit(f"error: {NOTEBOOK} has outputs; commit it without")
    notebook.cells = [cell for cell in notebook.cells if not left_out(cell, arguments.hub)]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = checked(cell)

    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("HF_HOME", str(Path(folder, "cache")))
        client = NotebookClient(notebook, timeout=1800, resources={"metadata": {"path": folder}})
        try:
            client.execute()
        except CellExecutionError as error:
            sys.exit(f"error: {error}")
        finally:
            for cell in notebook.cells:
                if cell.cell_type == "code":
                    cell.source = cell.source.replace(CHECK, "")
            if arguments.save:
                nbformat.write(notebook, arguments.save)
    count = 0
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            # A notebook shows these as they are, or stacks what they would have overwritten.
            if re.search(r"\x1b\[\d*[AJK]", output.get("text", "")):
                sys.exit(f"error: an output moves the cursor, which a notebook cannot:\n{cell.source}")
        count += cell.cell_type == "code"
    print(f"{count} cells ran in order")


if __name__ == "__main__":
    main()
