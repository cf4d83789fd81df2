"""Conversations with real telephone systems, and how to read them."""
