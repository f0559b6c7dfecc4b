SELECT count() FROM reads WHERE $kept
