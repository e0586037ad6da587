"""The built-in connectors, one package a provider, registered exactly as a stranger's would be."""
