"""What the connectors to Google's APIs share. It is no connector itself.

`grant` reads an account's secret, `settings` is what their settings have in common, `scopes` what they ask
for. `service` sends one call or a batch of them and is what a connector uses; `errors` says what an answer
means and `patience` when it is asked again. `wire` is the only module that imports Google's client and the
HTTP library, which happens with the first request.
"""
