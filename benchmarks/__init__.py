"""Benchmarks: what Office CTI costs in a real Home Assistant, as ratios measured side by side.

`scripts/benchmark` runs them; docs/benchmarks.md tells what each figure means. The way of a figure:
`__main__` runs the `sections`; a section has `jobs` done, each in a process of its own with a Home
Assistant of its own, and makes lines of what they measured; `report` prints the lines.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
