"""Tests of iSymphony Live."""
