-- Parts that hold nothing any more that a query sees, and are still on the disk; and deletions not done yet.
SELECT
    (SELECT count() FROM system.parts WHERE database = currentDatabase() AND table = 'reads' AND NOT active)
    + (SELECT count() FROM system.mutations WHERE database = currentDatabase() AND table = 'reads' AND NOT is_done)
