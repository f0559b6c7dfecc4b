ALTER TABLE recent_events
    RESET SETTING old_parts_lifetime, cleanup_delay_period, cleanup_delay_period_random_add, max_cleanup_delay_period;

ALTER TABLE batches
    RESET SETTING old_parts_lifetime, cleanup_delay_period, cleanup_delay_period_random_add, max_cleanup_delay_period
