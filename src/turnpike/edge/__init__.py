"""The roadside process: capture, recognise, outbox, send."""
