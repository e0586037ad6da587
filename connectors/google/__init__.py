"""What the connectors to Google's APIs share. It is no connector itself.

`grant` reads an account's secret, `settings` is what their settings have in common, `scopes` what they ask
for. `service` sends one call or a batch of them and is what a connector uses; `errors` says what an answer
means and `patience` when it is asked again. `wire` and `tokens` alone import Google's libraries and the HTTP
library below, which happens with the first request.
"""
