-- From the counts a day, which are kept with the reads and go with them; a day of which a part is hidden is left out. The days
-- are chosen among a camera's counts: chosen before, they would cost the engine five times as much.
SELECT camera_id, toUInt16(toDate(captured_at)) AS day, count()
FROM reads
WHERE camera_id IN {camera_ids:Array(String)}
GROUP BY camera_id, toDate(captured_at)
HAVING day >= {first_day:UInt16} AND day <= {last_day:UInt16}
  AND $whole_days_kept
ORDER BY camera_id, day
SETTINGS query_plan_filter_push_down = 0
