"""Files that apps, servers and attackers really write, or could; see the README beside this."""
