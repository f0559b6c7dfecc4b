-- From the counts a day, which are kept with the reads and go with them; a day of which a part is hidden is left out.
SELECT camera_id, toUInt16(toDate(captured_at)) AS day, count()
FROM reads
WHERE camera_id IN {camera_ids:Array(String)}
  AND toUInt16(toDate(captured_at)) >= {first_day:UInt16}
  AND toUInt16(toDate(captured_at)) <= {last_day:UInt16}
  AND $whole_days_kept
GROUP BY camera_id, day
ORDER BY camera_id, day
