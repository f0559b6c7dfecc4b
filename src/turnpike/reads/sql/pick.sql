SELECT $read_columns
FROM reads
WHERE $asked
  AND $kept
  AND (batch_id, slot) IN (SELECT arrayJoin(arrayZip({batches:Array(UInt64)}, {slots:Array(UInt16)})))
LIMIT {max_rows:UInt32}
