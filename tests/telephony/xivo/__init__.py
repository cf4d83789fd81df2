"""Tests of XiVO CTI."""
