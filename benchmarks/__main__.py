"""The command line: `scripts/benchmark [--quick] [--json FILE] [SECTION …]`.

Prints a table and then one line of JSON on stdout, progress on stderr. The exit status is 1 if a limit
is missed, or if a job fails, which is told.
"""

import argparse
from collections.abc import Sequence
import json
from pathlib import Path
import sys

from .jobs import JobError
from .report import Line, as_json, table
from .sections import SECTIONS, Size


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and return the exit status."""
    options = _parser().parse_args(arguments)
    size = Size.QUICK if options.quick else Size.WHOLE
    lines: list[Line] = []
    failed = False
    for section in options.sections or SECTIONS:
        print(f"Measuring: {section} …", file=sys.stderr, flush=True)
        try:
            lines += SECTIONS[section](size)
        except JobError as error:
            print(f"error: {section} was not measured: {error}", file=sys.stderr)
            failed = True
    result = json.dumps(as_json(lines, quick=options.quick))
    print(table(lines))
    print(result)
    if options.json:
        options.json.write_text(result + "\n", encoding="utf-8")
    return 0 if all(line.ok for line in lines) and not failed else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/benchmark", description="Measure what Office CTI costs in Home Assistant."
    )
    parser.add_argument(
        "--quick", action="store_true", help="small counts: shows that it runs, measures little"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the JSON there, too")
    parser.add_argument(
        "sections",
        nargs="*",
        metavar="SECTION",
        choices=SECTIONS,
        help=f"what to measure: {', '.join(SECTIONS)}; default: all",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
