"""Tests of the simulated XiVO."""
