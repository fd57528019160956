"""From bytes to a document: one file a stage; process.py is the one to read first."""
