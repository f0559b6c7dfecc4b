"""A reader's figures on labelled pictures, with exact intervals, a verdict against what is asked for, and a report."""
