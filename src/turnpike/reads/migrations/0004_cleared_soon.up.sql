-- What a merge has replaced goes from the disk in seconds here too: it would lie there twice for eight minutes.
ALTER TABLE batches MODIFY SETTING $cleared_soon;

ALTER TABLE recent_events MODIFY SETTING $cleared_soon
