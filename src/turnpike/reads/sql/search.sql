SELECT $read_columns
FROM reads
WHERE $asked
  AND $kept
ORDER BY captured_at DESC, batch_id DESC, slot DESC
LIMIT {max_rows:UInt32}
