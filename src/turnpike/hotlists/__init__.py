"""Lists, entries, matcher, hits."""
