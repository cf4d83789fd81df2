"""Servers that speak the telephone systems' real protocols over real sockets.

For the demo, the tests, the benchmarks and the curious: `python -m simulators isymphony_status`.
They need nothing but Python 3.14 and its standard library (only TLS needs `cryptography`, for a certificate),
and they share no code with the integration, so that a misreading of a protocol cannot hide on both sides.

    __main__.py    the command line, and the table of systems
    control.py     the control port: JSON in, JSON out, to change the office and to break things
    operations.py  calls what the control port was asked for, with its arguments checked
    faults.py      what can go wrong on purpose
    tcp.py         a listening socket and connections that can be made to misbehave
    lines.py       bytes to lines, bounded
    one folder for each system
"""

import sys

if sys.version_info < (3, 14):  # noqa: UP036 -- said here, before anything that an older Python cannot read
    sys.exit(f"The simulators need Python 3.14 or newer; this is {sys.version.split()[0]}.")
