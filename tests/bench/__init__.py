"""What Evenhold costs, beside what its work costs at least: `python -m tests.bench`, or `make bench`.

A case is a CalDAV server on loopback and a delay that a proxy adds to each request. In each round of a
case four clients, in rotating order, bring the same items, byte for byte, to an empty collection: a raw
HTTP client one at a time, the same with eight at once, vdirsyncer, and Evenhold's engine. Ratios compare
within one round; what is printed are medians. The last state of a case then serves for passes without
changes, each beside the bare request that it needs, and for a pass after ten edits by a person. Last, the
real daemon is started on a household of so many items, and again on what it left; and the emulators of
Google and Todoist count the requests of a household that lives there.

Servers: `radicale` (as `make run` embeds it), `nofsync` (the same without fsync), `xandikos`.

`--json FILE` writes one flat object. Keys, where CASE is SERVER.DELAYms and CLIENT one of raw1, raw8,
vdirsyncer, evenhold (figures that were not taken, `--only`, are left out):

    CASE.CLIENT.wall_s            the work alone, medians of rounds (vdirsyncer: the whole process)
    CASE.CLIENT.process_s         the whole process, start and imports included
    CASE.CLIENT.cpu_s             user and system time of that process
    CASE.CLIENT.peak_mib          its largest resident memory
    CASE.CLIENT.requests, .sent_bytes, .received_bytes      counted by the proxy (cases with a delay)
    CASE.evenhold.per_raw1, .per_raw8                       wall ratios; medians over rounds
    CASE.vdirsyncer.per_evenhold, .per_raw8                 process ratios: how much slower; the second is
                                                            the most that eight at once can gain there
    CASE.quiet.wall_ms, .bare_ms, .per_bare, .cpu_ms        a pass without changes; the bare REPORT
    CASE.quiet.requests           of one such pass (cases with a delay)
    CASE.quiet.ledger_writes      commits seen by another connection, plus changed files: 0 or more
    CASE.changes.wall_ms, .facts, .requests                 the pass after ten edits
    daemon.ready_s                process start to READY=1, median of all starts
    daemon.ready_cpu_s            CPU time until then: what is left of it on a machine that does nothing else
    daemon.idle_mib, .idle_private_mib, .peak_mib           ten seconds after the first pass; VmHWM
    daemon.restarted_idle_mib     the same after a start that found everything in step
    requests.APP.made             a pass that makes the collection; what comes to a household's first push
    requests.APP.first, .push     todoist, google_calendar, google_tasks: first pass; its requests that write
    requests.APP.idle             a pass without changes
    requests.APP.theirs, .ours    the pass after ten changes in the app; after ten changes in the ledger
    items, rounds, bench_s
    machine.cpus, .fsync_ms, .load_before, .load_after, .python, .system, .version.NAME

Nothing here is imported by the product. All addresses are loopback, and what is made lies in one temporary
folder that is removed at the end.
"""
