"""Providers that nobody here can reach, as servers on loopback: strict, stateful, with a person at the other
end.

`stage` is what all of them stand on: one port, one virtual clock, one log of requests. Each provider is an
`App` on it: `google_oauth` (consent and tokens), `google_api` (what all of Google's APIs have in common,
checked by `discovery` against the documents that Google ships), `google_calendar`, `google_tasks`, `todoist`.
Faults of the wire come from `syncer.testing.proxy.FaultProxy` in front; faults of a provider are its own
knobs.

    stage = Stage(oauth := GoogleOAuth(), calendar := GoogleCalendar(oauth))
    stage.start()                     # `stage.url`
    ada = calendar.person("ada@example.org")  # a fresh account, cheap enough for each test
"""
