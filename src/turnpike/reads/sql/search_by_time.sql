-- Where no plate is asked for, or none by its beginning: the projection by time tells which plates are to be looked at.
SELECT $read_columns
FROM reads
WHERE plate IN (
    SELECT plate FROM (
      SELECT plate
      FROM reads
      WHERE $asked
        AND $kept
      ORDER BY captured_at DESC
      LIMIT {max_rows:UInt32} WITH TIES
    )
  )
  AND $asked
  AND $kept
ORDER BY captured_at DESC, batch_id DESC, slot DESC
LIMIT {max_rows:UInt32}
