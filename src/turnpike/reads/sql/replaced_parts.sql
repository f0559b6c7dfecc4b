-- Parts that hold nothing any more that a query sees, and are still on the disk, to the last file of one that is being deleted (which
-- the column active leaves out); and deletions not done yet.
SELECT
    (SELECT count() FROM system.parts WHERE database = currentDatabase() AND table = 'reads' AND _state NOT IN ('PreActive', 'Active'))
    + (SELECT count() FROM system.mutations WHERE database = currentDatabase() AND table = 'reads' AND NOT is_done)
