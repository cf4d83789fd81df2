"""Tests of the simulated iSymphony 3 server."""
