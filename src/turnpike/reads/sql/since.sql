-- Whole batches: the last one is not cut.
SELECT $read_columns
FROM reads
WHERE batch > {batch:UInt64}
ORDER BY batch
LIMIT {max_rows:UInt32} WITH TIES
