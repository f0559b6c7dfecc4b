"""Frames to readings, readings to passes: detector, reader, tracker, engine."""
