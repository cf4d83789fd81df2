"""Servers that speak the telephone systems' real protocols over real sockets.

For the demo, the tests, the benchmarks and the curious: `python -m simulators isymphony_status`.
They need nothing but Python's standard library, and they share no code with the integration, so
that a misreading of a protocol cannot hide on both sides at once.

    __main__.py    the command line, and the table of systems
    control.py     the control port: JSON in, JSON out, to change the office and to break things
    operations.py  calls what the control port was asked for, with its arguments checked
    faults.py      what can go wrong on purpose
    tcp.py         a listening socket and connections that can be made to misbehave
    lines.py       bytes to lines, bounded
    one folder for each system
"""
