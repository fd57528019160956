"""The command line: app.py has the commands, the other files what they share."""
