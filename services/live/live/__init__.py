"""Opens, lists and closes live channels of shows."""
