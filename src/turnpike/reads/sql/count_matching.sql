SELECT count()
FROM (
  SELECT 1
  FROM reads
  WHERE $asked
    AND $kept
  LIMIT {max_rows:UInt32}
)
