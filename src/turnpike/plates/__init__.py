"""Plate text: syntax by country and era, normalisation, confusable characters, patterns. Pure."""
