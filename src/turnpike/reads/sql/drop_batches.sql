ALTER TABLE batches DROP PARTITION ID {year:String}
