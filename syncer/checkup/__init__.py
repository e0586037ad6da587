"""Looking at a whole household at once, and writing nothing: what `evenhold doctor` tells.

`values` are what is found, `findings` makes them of answers. `account` asks one account, `household` all of
them side by side, and looks at what is installed. How it is shown is `syncer.commands.doctor`'s.
"""
