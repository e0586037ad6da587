"""What the commands do, one module a command or family; `say` has the words, `syncer.cli` the arguments."""
