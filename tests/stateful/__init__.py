"""Random sequences of changes, commands and faults, after which both sides must agree.

    test_office.py  how many sequences, and the proof that a defect is found
    machine.py      what may happen: one rule for each kind of step
    home.py         a real Home Assistant that outlives many sequences
    server.py       the simulated telephone system, in a process of its own
    picture.py      what Home Assistant must show, told from what the server holds
    words.py        names and notes, easy ones and awkward ones

Nothing in `picture.py` uses the integration's own reckoning, so that one mistake cannot hide twice.
"""
