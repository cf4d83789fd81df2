"""Servers that speak the telephone systems' real protocols over real sockets.

For the demo, the tests, the benchmarks and the curious: `python -m simulators isymphony_status`.
They need nothing but Python 3.14 and its standard library, beside `cryptography` for TLS's certificate and
`aiohttp` for HTTP, and they share no code with the integration, so that a misreading of a protocol cannot
hide on both sides.

    __main__.py    the command line, and the table of systems
    control.py     the control port: JSON in, JSON out, to change the office and to break things
    operations.py  calls what the control port was asked for, with its arguments checked
    faults.py      what can go wrong on purpose
    tcp.py         a listening socket and connections that can be made to misbehave
    lines.py       bytes to lines, bounded
    seam.py        between such connections and aiohttp's HTTP protocol
    text_frames.py messages to web-socket frames
    web_faults.py  what can go wrong on purpose with HTTP and web-sockets
    basic.py       Basic authentication
    tls.py         TLS, with a certificate of its own making
    arguments.py   the systems' options on the command line
    settings.py    settings that change while a system runs
    scenario.py    what happens by itself
    timers.py      what happens later
    request_log.py what clients have sent
    guids.py       GUIDs that the same seed makes again
    one folder for each system
"""

import sys

if sys.version_info < (3, 14):  # noqa: UP036 -- said here, before anything that an older Python cannot read
    sys.exit(f"The simulators need Python 3.14 or newer; this is {sys.version.split()[0]}.")
