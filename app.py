"""The Space's entry: the same as `python -m hidiff app`.

HIDIFF_WEIGHTS names a folder with one folder of weights a task, in place of the project's own, or adds Hub addresses.
HIDIFF_HOSTS names, parted by commas, under which further names a server on this machine may be opened.
HIDIFF_CACHE names the folder where the examples' finished refinements are kept from one start to the next.
"""

from __future__ import annotations

import logging

from hidiff.app import load, prepare_environment, serve

__all__ = ["load", "serve"]

prepare_environment()

if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    serve()
