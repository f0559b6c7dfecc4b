-- The batches of the last commit that began, and whether its reads are there.
WITH (SELECT max(commit_id) FROM batches) AS last_commit_id
SELECT batch, (SELECT count() FROM reads WHERE batch = last_commit_id) > 0
FROM batches
WHERE batch >= last_commit_id
ORDER BY batch
