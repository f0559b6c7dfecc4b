-- Partitions that hold something past its time: how many reads are, and how many there are.
SELECT _partition_id, countIf(NOT ($kept)), any(parts.all_rows)
FROM reads
INNER JOIN (
  SELECT partition_id, sum(rows) AS all_rows
  FROM system.parts
  WHERE database = currentDatabase() AND table = 'reads' AND active
  GROUP BY partition_id
) AS parts ON parts.partition_id = _partition_id
WHERE captured_at < fromUnixTimestamp64Milli({latest_ms:Int64}, 'UTC')
GROUP BY _partition_id
HAVING countIf(NOT ($kept)) > 0
ORDER BY _partition_id
