from xml.sax.expatreader import ExpatParser

class DefusedExpatParser(ExpatParser):
    def __init__(self, *, forbid_dtd: bool = ...) -> None: ...
