"""The independent proof: checks all vectors, and exports of real vaults.

usage: run.py [--vectors DIR] [--export DIR]...
"""

import argparse
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from strongroom_verify import checks, export, lies  # noqa: E402


def main():
    here = pathlib.Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    vectors = os.environ.get("STRONGROOM_VECTORS") or here.parent / "vectors"
    parser.add_argument("--vectors", default=vectors, help="folder of the vectors (default: spec/vectors)")
    parser.add_argument("--export", action="append", default=[], help="a folder made by `strongroom export`")
    options = parser.parse_args()
    began, tally = time.monotonic(), checks.Tally()
    checks.run_vectors(options.vectors, tally)
    lies.run(pathlib.Path(options.vectors) / "logs/export", tally)
    for folder in options.export:
        tally.file = folder
        export.check(pathlib.Path(folder), tally)
    print(f"{tally.passed} passed, {tally.failed} failed ({time.monotonic() - began:.1f} s)")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
