"""The Feast repository that the conformance suite serves, as Python definitions plus the rows to load."""
