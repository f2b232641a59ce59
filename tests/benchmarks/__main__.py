"""Run the benchmarks: `python -m tests.benchmarks [CASES ...]` (default 2,620 and 20,000 cases)."""

from __future__ import annotations

import sys

from tests.benchmarks import analysis, cleanup, listing, overhead, report, scoring, waiting

if __name__ == "__main__":
    overhead.main([int(argument) for argument in sys.argv[1:]] or [2_620, 20_000])
    waiting.main()
    scoring.main()
    cleanup.main(2_000)
    listing.main()
    analysis.main()
    report.main([3_000, 20_000])
