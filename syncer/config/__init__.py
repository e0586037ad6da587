"""What a household configures: `settings` reads the file, `tables` are its keys, `checks` go between them."""
