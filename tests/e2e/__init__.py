"""End-to-end tests: a real Home Assistant, a simulated office, a real browser, as a person uses them."""
