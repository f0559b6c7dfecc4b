ALTER TABLE batches DROP PARTITION ID {month:String}
