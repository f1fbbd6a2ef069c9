#!/usr/bin/env escript
main([Url]) ->
    {ok, _} = application:ensure_all_started(inets),
    {ok, {_, _, Body}} = httpc:request(get, {Url, []}, [], [{body_format, binary}]),
    ok = file:write(standard_io, Body).
