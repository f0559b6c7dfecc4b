ALTER TABLE reads DELETE IN PARTITION ID {month:String}
WHERE NOT ($kept)
SETTINGS mutations_sync = 2
