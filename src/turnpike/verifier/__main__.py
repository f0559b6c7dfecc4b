"""`python -m turnpike.verifier`, and `python -I FOLDER` of a copy of this folder alone."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path


def _own_folder() -> str:
    """The name under which this folder's modules are imported."""
    if __package__:
        return __package__
    # Started as a mere folder, whatever it is called: nothing around it is looked at, so that nothing else is imported.
    folder, name = Path(__file__).resolve().parent, "bundle_verifier"
    sys.path.remove(str(Path(__file__).parent))
    spec = importlib.util.spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:
        sys.exit("The verifier's folder is not whole; copy all of it.")
    package = importlib.util.module_from_spec(spec)
    sys.modules[name] = package
    spec.loader.exec_module(package)
    return name


if __name__ == "__main__":
    sys.exit(importlib.import_module(f"{_own_folder()}.main").main(sys.argv[1:]))
