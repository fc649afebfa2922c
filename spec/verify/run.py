"""The independent proof: checks all vectors, and exports of real vaults.

usage: run.py [--vectors DIR] [--export DIR]...   (without arguments: the vectors of spec/vectors)
"""

import argparse
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from strongroom_verify import checks, export, lies, names  # noqa: E402


def main():
    here = pathlib.Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vectors", help="folder of the vectors (default: spec/vectors, without --export)")
    parser.add_argument("--export", action="append", default=[], help="a folder made by `strongroom export`")
    options = parser.parse_args()
    began, tally = time.monotonic(), checks.Tally()
    if options.vectors or not options.export:
        vectors = pathlib.Path(options.vectors or here.parent / "vectors")
        checks.run_vectors(vectors, tally)
        lies.run(vectors / "logs/export", tally)
    else:
        names.load_table(here.parent / "vectors/formats/confusables.txt")
    for folder in options.export:
        tally.file = folder
        export.check(pathlib.Path(folder), tally)
    print(f"in {time.monotonic() - began:.1f} s:")
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
